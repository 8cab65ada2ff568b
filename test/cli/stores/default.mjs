export default { name: "mine", read: async () => undefined, settle: async () => ({ written: true }) };

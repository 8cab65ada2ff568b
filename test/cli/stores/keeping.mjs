export const store = { name: "mine", read: async () => undefined, settle: async () => ({ written: true }) };
export const results = { keep: 1 };

export const store = { name: "half a store", read: async () => undefined };

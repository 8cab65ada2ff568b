throw new Error("no environment");

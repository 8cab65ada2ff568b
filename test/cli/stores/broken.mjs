throw new Error("no store\u001b[2J", { cause: new TypeError("no network") });

/** What the cloud's own clients and its functions sign with. Nothing here looks at signatures. */
export const localCredentials = { accessKeyId: "local", secretAccessKey: "local" };

/** The demo house with its usual settings. */
export const MAIN = 'http://127.0.0.1:4310';
/** The same, with holds of five seconds and one active fan at a time. */
export const BRISK = 'http://127.0.0.1:4311';

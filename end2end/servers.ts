import { join, resolve } from 'node:path';

const target = resolve(process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, '..', 'target'));
/** The program that is tested. */
export const program = process.env.ENCORE_PROGRAM ?? join(target, 'debug', 'encore');
/** Where the built site is. */
export const site = join(target, 'site');
/** The demo house with its usual settings. */
export const MAIN = 'http://127.0.0.1:4310';
/** The same, with holds of five seconds and one active fan at a time. */
export const BRISK = 'http://127.0.0.1:4311';
/** An empty house, started by the test that needs it. */
export const EMPTY = 'http://127.0.0.1:4313';
/** A house whose lobby is open, started by the test that needs it. */
export const LOBBY = 'http://127.0.0.1:4312';

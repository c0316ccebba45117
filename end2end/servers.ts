import { join, resolve } from 'node:path';

const target = resolve(process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, '..', 'target'));
/** Path of the program under test. */
export const program = process.env.ENCORE_PROGRAM ?? join(target, 'debug', 'encore');
/** Folder of the built site (`LEPTOS_SITE_ROOT`). */
export const site = join(target, 'site');
/** Address of a server on the demo data, with default settings. */
export const MAIN = 'http://127.0.0.1:4310';
/** Address of a server on the demo data, with holds of 5 seconds and one active fan at a time. */
export const BRISK = 'http://127.0.0.1:4311';
/** Address of a server on an empty database. The test that needs it starts it. */
export const EMPTY = 'http://127.0.0.1:4313';
/** Address of a server on demo data, for which few requests are a burst. The test that needs it starts it. */
export const BURST = 'http://127.0.0.1:4314';
/** Address of a server on demo data, whose shows are moved and called off. The test that needs it starts it. */
export const NIGHT = 'http://127.0.0.1:4315';
/** Address of a server on demo data, by a name, because browsers make no passkeys for an IP address. The test that needs it
 * starts it. */
export const NAMED = 'http://localhost:4316';
/** Address of a server on demo data with an open lobby. The test that needs it starts it. */
export const LOBBY = 'http://127.0.0.1:4312';

// SPDX-License-Identifier: GPL-2.0-only
// Owns the name and the version of the trace format, apart from the schema, which is slow to load.

export const FORMAT = 'mmreplay-trace';
/** Major and minor. A new minor only adds fields, which older readers keep without understanding them. */
export const VERSION = '1.0';

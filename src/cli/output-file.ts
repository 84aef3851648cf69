// SPDX-License-Identifier: GPL-2.0-only
// Owns the early look at -o: a file that cannot be written is refused before the search, not after it.

import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { notWritable } from '../trace/trace-error.ts';

/** Throws UserError `output-not-writable`, as writing would. Touches nothing. */
export function checkOutput(file: string): void {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw notWritable(file, 'EISDIR');
    if (found !== undefined) accessSync(file, constants.W_OK);
    if (found === undefined || found.isFile()) accessSync(path.dirname(file), constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined || code === 'output-not-writable' ? error : notWritable(file, code);
  }
}

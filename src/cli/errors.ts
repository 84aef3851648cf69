// SPDX-License-Identifier: GPL-2.0-only
// Owns the printing of everything that goes wrong: the user's mistakes, refused models and our own bugs.

import { UserError } from '../base/user-error.ts';
import { plain } from '../view/plain.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, type Output } from './io.ts';
import { quoted } from './shell-words.ts';

/** A C model with errors. `report` is the text for the user: place, line, caret, reason and hint of each. */
export class RefusedModel extends Error {
  override readonly name = 'RefusedModel';
  readonly report: string;
  readonly errors: number;

  constructor(report: string, errors: number) {
    super(`${errors} ${errors === 1 ? 'error' : 'errors'} in the model`);
    this.report = report;
    this.errors = errors;
  }
}

export interface Circumstances {
  /** The command as it was typed, without `mmreplay`. */
  readonly argv: readonly string[];
  readonly version: string;
}

/** Says what is wrong on stderr; gives the exit code that goes with it. */
export function printError(error: unknown, stderr: Output, around: Circumstances): ExitCode {
  if (error instanceof UserError) {
    print(stderr, ...plainLines(`mmreplay: ${error.message}`));
    if (error.hint !== undefined) print(stderr, ...plainLines(error.hint).map((line) => `  ${line}`));
    return EXIT.usage;
  }
  if (error instanceof RefusedModel) {
    print(stderr, ...plainLines(error.report), `mmreplay: ${error.message}`);
    return EXIT.usage;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  print(
    stderr,
    'mmreplay: this is a bug in mmreplay, not in your model or your trace.',
    '  Please report it with the command, its files, and what follows.',
    `  command: mmreplay ${around.argv.map(quoted).join(' ')}`,
    `  version: ${around.version}, Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    ...stack.split('\n').map((line) => `  ${line}`),
  );
  return EXIT.bug;
}

/** What files and traces say may not move the cursor; tabs stay, for carets stand below them. */
function plainLines(text: string): string[] {
  return text.split('\n').map((line) => line.split('\t').map(plain).join('\t'));
}

// SPDX-License-Identifier: GPL-2.0-only
// Owns one run of the program: from the command line to the exit code. Nothing below it ends the process.

import about from '../../package.json' with { type: 'json' };
import { parseArguments } from './arguments.ts';
import { printError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { help } from './help.ts';
import { print, type Io } from './io.ts';

/** Runs a command line (without `node mmreplay`). Never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    const request = parseArguments(argv);
    if ('command' in request) return await request.command(io);
    if ('help' in request) {
      print(request.asked ? io.stdout : io.stderr, help[request.help]);
      return request.asked ? EXIT.fine : EXIT.usage;
    }
    print(io.stdout, about.version);
    return EXIT.fine;
  } catch (error) {
    return printError(error, io.stderr, { argv, version: about.version });
  }
}

// SPDX-License-Identifier: GPL-2.0-only
// Owns `npm run bench`: what the program costs, in sections, each a table with the bounds of the issues beside it.
//   npm run bench                   all sections
//   npm run bench -- reduced        one section: debugger, cold, scale, reduced
//   npm run bench -- cold --quick   a few rows, and no model that gcc or a search takes long for

import { cpus } from 'node:os';
import { benchDebugger } from './bench-debugger.ts';
import { benchCold, benchReduced, benchScale } from './bench-explorer.ts';

const SECTIONS: Readonly<Record<string, (quick: boolean) => Promise<void>>> = {
  debugger: benchDebugger,
  cold: benchCold,
  scale: benchScale,
  reduced: benchReduced,
};

export async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('-'));
  const unknown = args.filter((arg) => (arg.startsWith('-') ? arg !== '--quick' : !(arg in SECTIONS)));
  if (unknown.length > 0) {
    process.stderr.write(
      `bench: there is no ${unknown.join(', ')}; sections: ${Object.keys(SECTIONS).join(', ')}; --quick\n`,
    );
    return 2;
  }
  process.stdout.write(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}\n`,
  );
  for (const [name, run] of Object.entries(SECTIONS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stdout.write(`\n${name}\n\n`);
    await run(args.includes('--quick'));
  }
  return 0;
}

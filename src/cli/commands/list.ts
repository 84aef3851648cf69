// SPDX-License-Identifier: GPL-2.0-only
// Owns `mmreplay list`: the models that come with mmreplay.

import { protocols, scenarios } from '../../kernel/catalogue.ts';
import type { ListArguments } from '../arguments.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { print, type Io } from '../io.ts';
import { paintFor, type Paint } from '../paint.ts';
import { hanging, table } from '../report/columns.ts';

export async function list({ json }: ListArguments, io: Io): Promise<ExitCode> {
  if (json) print(io.stdout, JSON.stringify(listReport(), null, 2));
  else print(io.stdout, ...listText(paintFor(io.stdout, io.env)).map(plainQuotes));
  return EXIT.fine;
}

function listReport(): unknown {
  return {
    format: 'mmreplay-list',
    version: '1.0',
    protocols: protocols.map(({ stem, year, title, authors, claim, disputed, variants, mails }) => {
      return { name: stem, year, title, authors, claim, disputed, variants, mails };
    }),
    scenarios: scenarios.map(({ stem, question }) => ({ name: stem, question })),
  };
}

function listText(paint: Paint): string[] {
  return [
    paint.strong('Protocols'),
    ...protocols.flatMap(({ stem, title, authors, variants }) => [
      '',
      `  ${paint.strong(stem)}  ${authors.join(', ')}`,
      ...hanging('      ', title),
      ...table(
        variants.map(({ define, description }) => [`-D ${define}`, description]),
        6,
      ),
    ]),
    '',
    paint.strong('Scenarios'),
    '',
    ...table(scenarios.map(({ stem, question }) => [stem, question])),
    '',
    'A unique part of a name suffices:  mmreplay explore stock truncate',
  ];
}

/** Terminals without UTF-8 are among those that this is read on. */
function plainQuotes(line: string): string {
  return line.replace(/[\u2018\u2019]/g, "'");
}

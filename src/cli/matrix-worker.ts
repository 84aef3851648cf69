// SPDX-License-Identifier: GPL-2.0-only
// Owns one thread that judges rows of the matrix, one after the other. An entry of the bundle; importing it runs it.

import { parentPort } from 'node:worker_threads';
import { must } from '../base/assert.ts';
import { rows } from '../kernel/catalogue.ts';
import { bugText, judgeRow, type RowFound, type RowOptions } from './matrix-row.ts';

/** Row `index` of the catalogue is wanted. */
export interface Ask {
  readonly index: number;
  readonly options: RowOptions;
}

/** `bug`: what was thrown, as people report it. */
export type Answer = { readonly found: RowFound } | { readonly bug: string };

const port = must(parentPort, 'the thread that started this one');
const io = {
  // Warnings about a model that ships are for its authors, who see them with explore.
  stderr: { write: () => undefined, isTTY: false },
  env: process.env,
  now: () => performance.now(),
};

port.on('message', ({ index, options }: Ask) => {
  void judgeRow(must(rows[index], 'a row'), options, io)
    .then((found): Answer => ({ found }))
    .catch((error: unknown): Answer => ({ bug: bugText(error) }))
    .then((answer) => port.postMessage(answer));
});

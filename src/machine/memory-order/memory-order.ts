// SPDX-License-Identifier: GPL-2.0-only
// Owns `--memory`: a Program for sequential consistency becomes one for another memory model. Buffers are cells, and
// what carries stores to memory is a thread, so nothing else has to know of memory models.

import type { Program } from '../../lang/program.ts';
import type { MemoryModel } from '../memory-model.ts';
import { guessesFor } from './guesses.ts';
import { withStoreBuffers } from './tso.ts';
import { weakly } from './weak.ts';
import type { Guesses } from './weak-plan.ts';

/** The same model under another memory model; `sc` is the Program itself. Cost: the size of the result. */
export function withMemoryOrder(program: Program, memory: MemoryModel, guesses?: Guesses): Program {
  switch (memory) {
    case 'sc':
      return program;
    case 'tso':
      return withStoreBuffers(program);
    case 'weak':
      return weakly(program, guesses ?? guessesFor(program));
  }
}

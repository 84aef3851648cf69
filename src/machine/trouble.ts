// SPDX-License-Identifier: GPL-2.0-only
// Owns trouble: what a step of a model can run into, as a value, and the private signal that carries it to the step.

import type { TroubleKind } from '../lang/program.ts';

/** The model went wrong in a step or in the evaluation of an invariant. An outcome of the run, never thrown. */
export interface Trouble {
  readonly kind: TroubleKind;
  /** For a person, without the position. */
  readonly message: string;
  /** Index of the thread that stepped; -1 in an invariant. */
  readonly thread: number;
  /** Where: index into Program.sites. */
  readonly site: number;
}

/** Carries trouble from deep inside an evaluation to the step that catches it. Never leaves this layer. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly kind: TroubleKind;

  constructor(kind: TroubleKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The trouble that `error` carries; anything but a Fault is a bug of ours and is thrown on. */
export function asTrouble(error: unknown, thread: number, site: number): Trouble {
  if (error instanceof Fault) return { kind: error.kind, message: error.message, thread, site };
  throw error;
}

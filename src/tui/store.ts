// SPDX-License-Identifier: GPL-2.0-only
// Owns the one mutable place of the debugger: the present UiState, outside React, changed once per input read.

import type { Command, Effect } from './commands.ts';
import { pressKey, run, type Facts, type UiState } from './ui-state.ts';

export class Store {
  private ui: UiState;
  private readonly facts: Facts;
  private readonly perform: (effect: Effect) => void;
  private readonly listeners = new Set<() => void>();

  constructor(ui: UiState, facts: Facts, perform: (effect: Effect) => void) {
    this.ui = ui;
    this.facts = facts;
    this.perform = perform;
  }

  readonly get = (): UiState => this.ui;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** All keys of one input event; listeners hear of the last state only. Keys after one that leaves are not read. */
  press(keys: readonly string[]): void {
    let ui = this.ui;
    let effect: Effect | undefined;
    for (const key of keys) {
      const outcome = pressKey(ui, key, this.facts);
      ui = outcome.ui;
      effect = outcome.effect;
      if (effect !== undefined) break;
    }
    this.become(ui, effect);
  }

  command(command: Command): void {
    const outcome = run(this.ui, command, this.facts);
    this.become(outcome.ui, outcome.effect);
  }

  private become(ui: UiState, effect: Effect | undefined): void {
    const changed = ui !== this.ui;
    this.ui = ui;
    if (changed) for (const listener of [...this.listeners]) listener();
    if (effect !== undefined) this.perform(effect);
  }
}

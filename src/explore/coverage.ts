// SPDX-License-Identifier: GPL-2.0-only
// Owns what a search has seen of the model's source: the witnesses of a SAFE, and the lines no schedule reaches.

import type { Machine } from '../machine/machine.ts';

/** Indices are those of Program.sites, ascending. Meaningful for a complete search; else "not yet". */
export interface Coverage {
  /** Sites where a thread has executed something. */
  readonly reached: readonly number[];
  /** Sites of the threads' code that nobody ever executed. */
  readonly unreached: readonly number[];
  /** For each condition of the source that was ever tested: which outcomes were seen. */
  readonly checks: readonly {
    readonly site: number;
    readonly wasTrue: boolean;
    readonly wasFalse: boolean;
  }[];
}

export function coverageOf(machine: Machine): Coverage {
  const taken = new Map<number, boolean>();
  const checks = new Map<number, { wasTrue: boolean; wasFalse: boolean }>();
  machine.program.threads.forEach((thread, index) => {
    thread.code.forEach((node, pc) => {
      const edges = machine.coverage[index]?.[pc] ?? 0;
      taken.set(node.site, (taken.get(node.site) ?? false) || edges !== 0);
      if (!node.check || edges === 0) return;
      const seen = checks.get(node.site) ?? { wasTrue: false, wasFalse: false };
      checks.set(node.site, {
        wasTrue: seen.wasTrue || (edges & 1) !== 0,
        wasFalse: seen.wasFalse || edges > 1,
      });
    });
  });
  const sites = [...taken.keys()].sort((a, b) => a - b);
  return {
    reached: sites.filter((site) => taken.get(site)),
    unreached: sites.filter((site) => !taken.get(site)),
    checks: [...checks].map(([site, seen]) => ({ site, ...seen })).sort((a, b) => a.site - b.site),
  };
}

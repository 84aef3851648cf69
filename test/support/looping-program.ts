// SPDX-License-Identifier: GPL-2.0-only
// Owns random Programs that may never end: for what is said about progress.

import { Rng } from '../../src/base/rng.ts';
import type { Program } from '../../src/lang/program.ts';
import { get, not, program, set, type Code } from './programs.ts';

/**
 * One to three threads that set flags, wait for them in loops or asleep, try locks, choose, and begin again.
 * The same seed gives the same Program.
 */
export function loopingProgram(seed: number): Program {
  const rng = new Rng(seed);
  return program((p) => {
    const flags = [p.cell('a'), p.cell('b')];
    const lock = p.spinlock('lock');
    const statement = (code: Code, depth: number): void => {
      const flag = rng.pick(flags);
      const again = code.label();
      switch (rng.below(depth > 0 ? 8 : 5)) {
        case 0:
          return code.step('flag = value', [set(flag, rng.below(2))]);
        case 1:
          return code.step('flag = !flag', [set(flag, not(get(flag)))]);
        case 2:
          code.here(again);
          return code.fork('while (!flag)', {}, { when: not(get(flag)), do: [], to: again }, []);
        case 3:
          return code.step('wait', [], { kind: 'wait', when: get(flag) });
        case 4: {
          const into = code.local('into', { start: 0 });
          code.step('choose', [], { kind: 'choose', choice: { count: 2, into } });
          return code.branch('into', get(into), () => code.step('flag = 0', [set(flag, 0)]), undefined, {
            dead: [into],
          });
        }
        case 5:
          code.here(again);
          code.fork('trylock', { kind: 'acquire' }, { when: get(lock), do: [], to: again }, [
            set(lock, code.me),
          ]);
          statement(code, depth - 1);
          return code.spinUnlock(lock);
        case 6:
          code.spinLock(lock);
          statement(code, depth - 1);
          return code.spinUnlock(lock);
        default:
          code.operation('inner', () => statement(code, depth - 1));
          return;
      }
    };
    for (let thread = 1 + rng.below(3); thread > 0; thread -= 1) {
      const daemon = rng.below(4) === 0;
      const write = (code: Code): void => {
        const again = code.label();
        code.here(again);
        if (rng.below(2) === 0) code.operation('op', () => statement(code, 1));
        else statement(code, 1);
        if (rng.below(3) === 0) statement(code, 0);
        if (daemon || rng.below(3) === 0) code.goto(again);
      };
      p.thread(`CPU${thread}`, write, daemon ? { daemon } : {});
    }
  });
}

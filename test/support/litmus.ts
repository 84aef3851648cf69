// SPDX-License-Identifier: GPL-2.0-only
// Owns small straight-line programs for the litmus tests: as C, and by two oracles that share no code with the machine:
// an enumerator for SC and x86-TSO (Owens, Sarkar and Sewell's abstract machine), written down here once more.

import type { Rng } from '../../src/base/rng.ts';

/** A register is named by thread and position of the read that fills it. `cell`: index of a shared cell. */
export type Op =
  | { readonly op: 'read'; readonly cell: number; readonly acquire?: true }
  /** `value`: a number, or the register that an earlier read (by position) has filled. `control`: only if that is not 0. */
  | {
      readonly op: 'write';
      readonly cell: number;
      readonly value: number;
      readonly data?: number;
      readonly control?: number;
      readonly release?: true;
    }
  | { readonly op: 'xchg'; readonly cell: number; readonly value: number }
  | { readonly op: 'inc'; readonly cell: number }
  | { readonly op: 'mb' | 'rmb' | 'wmb' };

/** Threads, each a list of operations. */
export type Litmus = readonly (readonly Op[])[];

export const CELLS = ['x', 'y', 'z'];
export const isRead = (op: Op): boolean => op.op === 'read' || op.op === 'xchg';
export const register = (thread: number, at: number): string => `r${thread}_${at}`;

/** All registers, then all cells: what an outcome tells. */
export function observed(litmus: Litmus): readonly string[] {
  const registers = litmus.flatMap((ops, t) => ops.flatMap((op, i) => (isRead(op) ? [register(t, i)] : [])));
  return [...registers, ...CELLS];
}

export function inC(litmus: Litmus): string {
  const registers = observed(litmus).filter((name) => name.startsWith('r'));
  const threads = litmus.map((ops, t) => {
    const lines = ops.flatMap((op, i) => {
      const local = `v${i}`;
      const name = 'cell' in op ? CELLS[op.cell]! : '';
      switch (op.op) {
        case 'read': {
          const get = op.acquire ? `smp_load_acquire(&${name})` : `READ_ONCE(${name})`;
          return [`int ${local} = ${get};`, `${register(t, i)} = ${local};`];
        }
        case 'write': {
          const value = op.data === undefined ? String(op.value) : `v${op.data}`;
          const put = op.release
            ? `smp_store_release(&${name}, ${value});`
            : `WRITE_ONCE(${name}, ${value});`;
          return [op.control === undefined ? put : `if (v${op.control}) ${put}`];
        }
        case 'xchg':
          return [`int ${local} = xchg(&${name}, ${op.value});`, `${register(t, i)} = ${local};`];
        case 'inc':
          return [`bump(&${name});`];
        case 'mb':
        case 'rmb':
        case 'wmb':
          return [`smp_${op.op}();`];
      }
    });
    return `[[mm::thread]] void P${t}(void)\n{\n${lines.map((line) => `\t${line}\n`).join('')}}`;
  });
  const ghosts = registers.length === 0 ? '' : `[[mm::ghost]] int ${registers.join(', ')};\n`;
  const bump = '[[mm::atomic]] void bump(int *p) { *p += 1; }\n';
  return `int ${CELLS.join(', ')};\n${ghosts}${bump}${threads.join('\n')}\n`;
}

interface Machine {
  readonly pcs: readonly number[];
  readonly memory: readonly number[];
  readonly registers: Readonly<Record<string, number>>;
  readonly buffers: readonly (readonly (readonly [cell: number, value: number])[])[];
}

/** All outcomes, sorted, as `outcomes` in outcomes.ts gives them. */
export function oracle(litmus: Litmus, model: 'sc' | 'tso'): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const names = observed(litmus);
  const todo: Machine[] = [
    { pcs: litmus.map(() => 0), memory: CELLS.map(() => 0), registers: {}, buffers: litmus.map(() => []) },
  ];
  for (let m = todo.pop(); m !== undefined; m = todo.pop()) {
    const key = JSON.stringify(m);
    if (seen.has(key)) continue;
    seen.add(key);
    const next = litmus.flatMap((ops, t) => [...steps(m!, ops, t, model), ...flushes(m!, t)]);
    todo.push(...next);
    if (next.length > 0) continue;
    found.add(
      names.map((name) => `${name}=${m!.registers[name] ?? m!.memory[CELLS.indexOf(name)] ?? 0}`).join(' '),
    );
  }
  return [...found].sort();
}

function flushes(m: Machine, t: number): Machine[] {
  const [oldest, ...rest] = m.buffers[t]!;
  if (oldest === undefined) return [];
  return [{ ...m, memory: m.memory.with(oldest[0], oldest[1]), buffers: m.buffers.with(t, rest) }];
}

function steps(m: Machine, ops: readonly Op[], t: number, model: 'sc' | 'tso'): Machine[] {
  const at = m.pcs[t]!;
  const op = ops[at];
  if (op === undefined) return [];
  const buffer = m.buffers[t]!;
  const after = { ...m, pcs: m.pcs.with(t, at + 1) };
  const value = (position: number): number => m.registers[register(t, position)] ?? 0;
  const put = (cell: number, v: number): Machine =>
    model === 'sc'
      ? { ...after, memory: m.memory.with(cell, v) }
      : { ...after, buffers: m.buffers.with(t, [...buffer, [cell, v]]) };
  const fill = (to: Machine, v: number): Machine => ({
    ...to,
    registers: { ...m.registers, [register(t, at)]: v },
  });
  switch (op.op) {
    case 'read':
      return [fill(after, buffer.findLast(([cell]) => cell === op.cell)?.[1] ?? m.memory[op.cell]!)];
    case 'write':
      if (op.control !== undefined && value(op.control) === 0) return [after];
      return [put(op.cell, op.data === undefined ? op.value : value(op.data))];
    case 'xchg':
    case 'inc': {
      if (buffer.length > 0) return [];
      const old = m.memory[op.cell]!;
      const done = { ...after, memory: m.memory.with(op.cell, op.op === 'inc' ? old + 1 : op.value) };
      return [op.op === 'inc' ? done : fill(done, old)];
    }
    case 'mb':
      return buffer.length > 0 ? [] : [after];
    case 'rmb':
    case 'wmb':
      return [after];
  }
}

/** A random program: two or three threads on as many cells. */
export function randomLitmus(rng: Rng): Litmus {
  const threads = rng.below(4) === 0 ? 3 : 2;
  const loadsFirst = rng.below(3) === 0;
  return Array.from({ length: threads }, () => {
    const size = threads === 3 ? 2 + rng.below(2) : 3 + rng.below(2);
    // Load buffering, where dependencies matter, begins with loads.
    const ops: Op[] = loadsFirst ? [{ op: 'read', cell: rng.below(threads) }] : [];
    while (ops.length < size) ops.push(randomOp(rng, ops, rng.below(threads)));
    return ops;
  });
}

function randomOp(rng: Rng, ops: readonly Op[], cell: number): Op {
  const reads = ops.flatMap((op, i) => (isRead(op) ? [i] : []));
  const earlier = reads.length === 0 ? undefined : rng.pick(reads);
  const kind = rng.below(20);
  if (kind < 8) return { op: 'read', cell, ...(rng.below(6) === 0 ? { acquire: true } : {}) };
  if (kind >= 18) return { op: rng.pick(['mb', 'rmb', 'wmb'] as const) };
  if (kind === 17) return { op: 'xchg', cell, value: 1 + rng.below(2) };
  if (kind === 16) return { op: 'inc', cell };
  const how = rng.below(6);
  return {
    ...{ op: 'write', cell, value: 1 + rng.below(2) },
    ...(how === 1 && earlier !== undefined ? { data: earlier } : {}),
    ...(how === 2 && earlier !== undefined ? { control: earlier } : {}),
    ...(how === 3 ? { release: true as const } : {}),
  };
}

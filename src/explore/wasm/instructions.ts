// SPDX-License-Identifier: GPL-2.0-only
// Owns WebAssembly's instructions as far as they are used: functions from operands to code, and code to bytes.

/**
 * Code is a tree of bytes: operands come before their instruction, so that nesting calls of the functions below reads
 * like an expression. Jumps name the block that they leave or repeat; `Bytes` counts how far out that is.
 */
export type Code = number | Jump | Block | readonly Code[];

/** Names a block to its jumps. */
export type Label = symbol;

interface Jump {
  readonly opcode: number;
  /** One, or for `jumpTable` all of them, the default last. */
  readonly to: readonly Label[];
}

interface Block {
  readonly opcode: number;
  readonly type: number;
  readonly label: Label | null;
  readonly body: Code;
  readonly otherwise: Code | null;
}

export const I32 = 0x7f;
export const I64 = 0x7e;
export type ValueType = typeof I32 | typeof I64;

export const NOTHING: Code = [];

// ---- code in bytes ----

export function unsigned(value: number): Code {
  if (value < 0x80) return value;
  if (value < 0x4000) return [(value & 0x7f) | 0x80, value >> 7];
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return [...bytes, left];
}

export function signed(value: bigint): Code {
  const small = Number(BigInt.asIntN(32, value));
  if (BigInt(small) === value) return signedInt(small);
  const bytes: number[] = [];
  let left = value;
  for (;;) {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    const isLast = (left === 0n && (low & 0x40) === 0) || (left === -1n && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

function signedInt(value: number): Code {
  if (value >= -0x40 && value < 0x40) return value & 0x7f;
  if (value >= -0x2000 && value < 0x2000) return [(value & 0x7f) | 0x80, (value >> 7) & 0x7f];
  const bytes: number[] = [];
  let left = value;
  for (; left < -0x40 || left >= 0x40; left >>= 7) bytes.push((left & 0x7f) | 0x80);
  return [...bytes, left & 0x7f];
}

/** Collects bytes. */
export class Bytes {
  #room = new Uint8Array(1 << 8);
  #length = 0;

  get all(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  /** Adds code, in which jumps are counted from its outermost block. */
  add(code: Code): void {
    this.#write(code, []);
  }

  /** Adds bytes with their number before them. */
  addCounted({ all }: Bytes): void {
    this.add(unsigned(all.length));
    this.#reserve(all.length);
    this.#room.set(all, this.#length);
    this.#length += all.length;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#room.length) return;
    const grown = new Uint8Array(2 * (this.#length + more));
    grown.set(this.all);
    this.#room = grown;
  }

  #write(code: Code, around: readonly (Label | null)[]): void {
    if (typeof code === 'number') {
      this.#reserve(1);
      this.#room[this.#length] = code;
      this.#length += 1;
    } else if (Array.isArray(code)) {
      for (const part of code as readonly Code[]) this.#write(part, around);
    } else {
      this.#writeControl(code as Jump | Block, around);
    }
  }

  #writeControl(code: Jump | Block, around: readonly (Label | null)[]): void {
    this.#write(code.opcode, around);
    if ('to' in code) {
      if (code.opcode === JUMP_TABLE) this.#write(unsigned(code.to.length - 1), around);
      for (const label of code.to)
        this.#write(unsigned(around.length - 1 - around.lastIndexOf(label)), around);
      return;
    }
    const inside = [...around, code.label];
    this.#write(code.type, around);
    this.#write(code.body, inside);
    if (code.otherwise !== null) {
      this.#write(ELSE, around);
      this.#write(code.otherwise, inside);
    }
    this.#write(END, around);
  }
}

// ---- control ----

const ELSE = 0x05;
const END = 0x0b;
const JUMP_TABLE = 0x0e;
const NO_VALUE = 0x40;

export const unreachable: Code = 0x00;

export function newLabel(): Label {
  return Symbol('label');
}

/** A jump to `label` leaves the block. */
export function block(label: Label, body: Code): Code {
  return { opcode: 0x02, type: NO_VALUE, label, body, otherwise: null };
}

/** A jump to `label` begins it again; without one it is left. */
export function loop(label: Label, body: Code): Code {
  return { opcode: 0x03, type: NO_VALUE, label, body, otherwise: null };
}

export function when(condition: Code, body: Code, otherwise: Code | null = null): Code {
  return [condition, { opcode: 0x04, type: NO_VALUE, label: null, body, otherwise }];
}

/** An expression that evaluates one of two. */
export function either(type: ValueType, condition: Code, a: Code, b: Code): Code {
  return [condition, { opcode: 0x04, type, label: null, body: a, otherwise: b }];
}

export function jump(to: Label): Code {
  return { opcode: 0x0c, to: [to] };
}

export function jumpIf(condition: Code, to: Label): Code {
  return [condition, { opcode: 0x0d, to: [to] }];
}

/** Jumps to the label of that index; to the last for all others. */
export function jumpTable(index: Code, to: readonly Label[]): Code {
  return [index, { opcode: JUMP_TABLE, to }];
}

export function giveBack(value: Code): Code {
  return [value, 0x0f];
}

export function call(index: number, args: readonly Code[]): Code {
  return [args, 0x10, unsigned(index)];
}

/** Calls the function at `index` of the table, which must have type number `type`. */
export function callIndirect(type: number, index: Code, args: readonly Code[]): Code {
  return [args, index, 0x11, unsigned(type), 0x00];
}

export function drop(value: Code): Code {
  return [value, 0x1a];
}

/** Evaluates both, and gives `a` unless `condition` is 0. */
export function select(a: Code, b: Code, condition: Code): Code {
  return [a, b, condition, 0x1b];
}

// ---- local variables ----

export type Local = number;

const GETS: readonly Code[] = Array.from({ length: 128 }, (_, local) => [0x20, local]);

export const get = (local: Local): Code => GETS[local] ?? [0x20, unsigned(local)];
export const set = (local: Local, value: Code): Code => [value, 0x21, unsigned(local)];
/** Sets, and gives the value. */
export const tee = (local: Local, value: Code): Code => [value, 0x22, unsigned(local)];

// ---- memory: addresses are bytes; no alignment is promised ----

const access =
  (opcode: number) =>
  (address: Code, offset = 0): Code =>
    offset < 0x80 || offset >= 0x20_0000
      ? [address, opcode, 0, unsigned(offset)]
      : [address, opcode, 0, (offset & 0x7f) | 0x80, ((offset >> 7) & 0x7f) | 0x80, offset >> 14];
const change =
  (opcode: number) =>
  (address: Code, offset: number, value: Code): Code => [address, value, opcode, 0, unsigned(offset)];

export const load32 = access(0x28);
export const load64 = access(0x29);
export const loadByte = access(0x2d);
export const store32 = change(0x36);
export const store64 = change(0x37);
export const storeByte = change(0x3a);
export const store16 = change(0x3b);

// ---- 32 bits ----

const unary =
  (opcode: number) =>
  (a: Code): Code => [a, opcode];
const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code => [a, b, opcode];

const SMALL_INTS: readonly Code[] = Array.from({ length: 128 }, (_, i) => [0x41, (i - 64) & 0x7f]);
const SMALL_LONGS: readonly Code[] = Array.from({ length: 128 }, (_, i) => [0x42, (i - 64) & 0x7f]);

export const int = (value: number): Code => SMALL_INTS[value + 64] ?? [0x41, signedInt(value | 0)];
export const isZero = unary(0x45);
export const equal = binary(0x46);
export const differ = binary(0x47);
export const less = binary(0x48);
export const lessUnsigned = binary(0x49);
export const moreUnsigned = binary(0x4b);
export const more = binary(0x4a);
export const notLess = binary(0x4e);
export const leadingZeros = unary(0x67);
export const add = binary(0x6a);
export const sub = binary(0x6b);
export const mul = binary(0x6c);
export const and = binary(0x71);
export const or = binary(0x72);
export const xor = binary(0x73);
export const shiftLeft = binary(0x74);
export const shiftRight = binary(0x75);
export const shiftRightUnsigned = binary(0x76);

// ---- 64 bits ----

export const long = (value: bigint): Code =>
  SMALL_LONGS[Number(value) + 64] ?? [0x42, signed(BigInt.asIntN(64, value))];
export const isZero64 = unary(0x50);
export const equal64 = binary(0x51);
export const differ64 = binary(0x52);
export const less64 = binary(0x53);
export const lessUnsigned64 = binary(0x54);
export const more64 = binary(0x55);
export const notMore64 = binary(0x57);
export const notLess64 = binary(0x59);
export const notLessUnsigned64 = binary(0x5a);
export const add64 = binary(0x7c);
export const sub64 = binary(0x7d);
export const mul64 = binary(0x7e);
export const divide64 = binary(0x7f);
export const remainder64 = binary(0x81);
export const and64 = binary(0x83);
export const or64 = binary(0x84);
export const xor64 = binary(0x85);
export const shiftLeft64 = binary(0x86);
export const shiftRight64 = binary(0x87);
export const shiftRightUnsigned64 = binary(0x88);
export const narrow = unary(0xa7);
export const widenSigned = unary(0xac);
export const widenUnsigned = unary(0xad);
/** Sign extension of the lowest bits. */
export const extend8 = unary(0xc2);
export const extend16 = unary(0xc3);
export const extend32 = unary(0xc4);

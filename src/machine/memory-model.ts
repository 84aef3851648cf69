// SPDX-License-Identifier: GPL-2.0-only
// Owns the names of the memory models. What they mean is in memory-order/, which the start of a command does not load.

export type MemoryModel = 'sc' | 'tso' | 'weak';

export const MEMORY_MODELS: readonly MemoryModel[] = ['sc', 'tso', 'weak'];

// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { UserError } from '../../src/base/user-error.ts';
import type { Recording } from '../../src/model/recording.ts';
import { decode } from '../../src/trace/decode.ts';
import { encode, type Form } from '../../src/trace/encode.ts';
import { documentSchema, eventSchema, verdictSchema } from '../../src/trace/schema.ts';
import { sampleRecording } from '../support/sample-recording.ts';

const textOf = (recording: Recording, form: Form): string => [...encode(recording, form)].join('');
const forms: readonly Form[] = ['json', 'jsonl'];

test('a .json has one event a line, and ends with its closing brace', () => {
  const lines = textOf(sampleRecording(), 'json').split('\n');
  expect(lines.slice(0, 3)).toEqual(['{', '"format": "mmreplay-trace",', '"version": "1.0",']);
  expect(lines.filter((line) => line.startsWith('  {"step":'))).toHaveLength(15);
  expect(lines).toContain(
    '  {"step":2,"thread":1,"site":1,"kind":"read","reads":[["inode.i_data.page_tree[0]","&page[0]"]],' +
      '"locals":[["fault.page","&page[0]",[2]]],"dead":["fault.mapping"],"checks":[[2,false,[2]]],"next":3},',
  );
  expect(lines.at(-1)).toBe('}');
});

test('a .jsonl is a header, a line for each event, and a verdict', () => {
  const lines = textOf(sampleRecording(), 'jsonl').split('\n');
  expect(lines).toHaveLength(1 + 15 + 1 + 1);
  expect(lines[0]).toMatch(/^\{"format":"mmreplay-trace","version":"1\.0","model":\{.*"schedule":"[^"]*"\}$/);
  expect(lines[1]).toMatch(/^\{"step":1,/);
  expect(lines[16]).toMatch(/^\{"verdict":\{"safety":/);
  expect(lines[17]).toBe('');
});

test('the bytes do not depend on the order in which the recording was put together', () => {
  const turned = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(turned);
    return Object.fromEntries(Object.entries(value).reverse().map(([key, inner]) => [key, turned(inner)])); // prettier-ignore
  };
  for (const form of forms) {
    expect(textOf(turned(sampleRecording()) as Recording, form)).toBe(textOf(sampleRecording(), form));
  }
});

test('either form is known by its content, whatever the white space', () => {
  const minified = JSON.stringify(JSON.parse(textOf(sampleRecording(), 'json')));
  const spaced = JSON.stringify(JSON.parse(textOf(sampleRecording(), 'json')), null, '\t').replaceAll(
    '\n',
    '\r\n',
  );
  for (const text of [minified, `${minified}\n`, `${spaced}\n\n`]) {
    expect(decode(text, 'x')).toEqual({ recording: sampleRecording(), notices: [] });
  }
});

test('fields that we do not know come back where they were', () => {
  const plain: Recording = sampleRecording();
  const extended = structuredClone(plain) as unknown as Record<string, never> & Recording;
  const mark = (holder: object | undefined): void =>
    void Object.assign(holder ?? {}, { 'x-new': { a: [1] } });
  const { model, sources, threads, objects, sites, start, events, verdict } = extended;
  const type = objects[0]?.cells[0]?.type;
  for (const holder of [
    extended,
    model,
    sources[0],
    threads[0],
    objects[0],
    objects[0]?.cells[0],
    type,
    sites[0],
  ])
    mark(holder);
  for (const holder of [objects[4]?.locks?.[0], sites[0]?.stack[0], start[0], events[3], events[14]])
    mark(holder);
  for (const holder of [
    verdict ?? undefined,
    verdict?.safety,
    verdict?.violations[0],
    verdict?.violations[0]?.when,
  ])
    mark(holder);
  for (const form of forms) {
    const text = textOf(extended, form);
    expect(text.match(/x-new/g)).toHaveLength(17);
    expect(decode(text, 'x').recording).toEqual(extended);
    expect(textOf(decode(text, 'x').recording, form)).toBe(text);
  }
});

test('a field beside the verdict of a .jsonl is kept too', () => {
  const text = textOf(sampleRecording(), 'jsonl').replace('{"verdict":', '{"x-new":7,"verdict":');
  expect(decode(text, 'x').recording).toEqual({ ...sampleRecording(), 'x-new': 7 });
});

test('a trace without a verdict is opened as INCOMPLETE', () => {
  const recording = { ...sampleRecording(), verdict: null };
  for (const form of forms) {
    const opened = decode(textOf(recording, form), 'x');
    expect(opened.recording).toEqual(recording);
    expect(opened.notices).toEqual([
      { code: 'trace-incomplete', message: expect.stringMatching(/^INCOMPLETE: .* step 15$/) },
    ]);
  }
});

test('a newer minor version is read, with a notice; what it adds is kept', () => {
  for (const form of forms) {
    const text = textOf(sampleRecording(), form).replace('"1.0"', '"1.7"');
    const opened = decode(text, 'x');
    expect(opened.recording).toEqual(sampleRecording());
    expect(opened.notices.map((n) => n.code)).toEqual(['trace-newer-minor']);
  }
});

test.each(['2.0', '0.9', '17.3'])('version %s is refused with advice', (version) => {
  for (const form of forms) {
    const text = textOf(sampleRecording(), form).replace('"1.0"', JSON.stringify(version));
    expect(() => decode(text, 'x.json')).toThrow(UserError);
    expect(() => decode(text, 'x.json')).toThrow(
      expect.objectContaining({
        code: 'trace-version',
        message: `x.json: trace version ${version}; this mmreplay reads version 1.0`,
        hint: expect.stringContaining('Install the newest mmreplay'),
      }),
    );
  }
});

test('the example of docs/TRACE_FORMAT.md is a trace, written as we would write it', () => {
  const page = readFileSync(new URL('../../docs/TRACE_FORMAT.md', import.meta.url), 'utf8');
  const example = /```jsonl\n([^]*?)```/.exec(page)?.[1] ?? '';
  const { recording, notices } = decode(example, 'docs/TRACE_FORMAT.md');
  expect(notices).toEqual([]);
  expect(recording.events).toHaveLength(4);
  expect(textOf(recording, 'jsonl')).toBe(example);
});

test('docs/TRACE_FORMAT.md names every field and every kind of event', () => {
  const page = readFileSync(new URL('../../docs/TRACE_FORMAT.md', import.meta.url), 'utf8');
  const fields = [documentSchema, eventSchema, verdictSchema].flatMap((schema) => Object.keys(schema.shape));
  for (const name of [...fields, ...eventSchema.shape.kind.options]) expect(page).toContain(`\`${name}\``);
});

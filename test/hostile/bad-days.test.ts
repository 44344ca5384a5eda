import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testFiles, titlesIn } from '../rules/named-rules.ts'

/**
 * Bad input and bad days. The title of a test, or a row of its table, names each in these terms, so that a
 * reader finds its test.
 */
const DAYS: readonly (readonly [day: string, text: RegExp])[] = [
  ['malformed JSON', /malformed JSON/],
  ['duplicate keys', /duplicate keys/],
  ['deep nesting', /deep nesting/],
  ['wrong types', /wrong types/],
  ['unknown claim', /unknown claim/],
  ['unknown source', /unknown source/],
  ['a source writing another’s claim', /a source writing another’s claim/],
  ['a bad signature', /a bad signature/],
  ['a missing signature', /a missing signature/],
  ['an expired assertion', /an expired assertion/],
  ['a replayed assertion', /a replayed assertion/],
  ['an oversized body', /an oversized body/],
  ['a duplicate id with the same body', /duplicate id with the same body/],
  ['a duplicate id with another body', /duplicate id with another body/],
  ['an older sourceVersion', /older sourceVersion/],
  ['a hole in sequence', /a hole in sequence/],
  ['two senders with one source’s key', /two senders with one source’s key/],
  ['an event dated a day ahead', /an event dated a day ahead/],
  ['invalid UTF-8', /invalid UTF-8/],
  ['NUL', /NUL in a text/],
  ['names like __proto__', /a name like __proto__/],
  ['token strings of every kind', /a token string of any other kind/],
  [
    'a verified body with another signature',
    /also after the good token that it was made of was verified/,
  ],
  ['a registry with a cycle', /with a cycle/],
  ['a registry with a missing owner', /with a missing owner/],
  ['a registry with two sources for one claim', /with two sources for one claim/],
  ['an empty registry', /an empty registry/],
  ['a registry cut off in a line', /a registry that is cut off in a line/],
  ['a registry half written', /a registry that is half written is refused wherever/],
  ['a registry written to while it is read', /a registry that is half written while it is read/],
  ['a registry without a key file', /a registry without one of its key files/],
  ['a registry that names one claim twice', /a registry that names one claim twice/],
  [
    'a registry that shortens a life below what tokens have',
    /that takes something away needs a minimum/,
  ],
  ['two sources that share a key', /a registry in which two sources share a key/],
  ['a source key rotated with events in flight', /that is rotated with events in flight/],
  ['a revoked source key', /that was revoked proves nothing any more/],
  ['Kafka absent', /where Kafka is absent/],
  ['Kafka slow', /Kafka %s/],
  ['Kafka answering on the controller port', /the listener of the controller, taken for a broker/],
  ['a topic with the wrong settings', /%s must not be %s: the error has the setting/],
  ['a topic with the wrong partition count', /a topic with the wrong partition count/],
  ['Postgres absent', /starts while Postgres is absent/],
  ['Postgres read-only', /Postgres read-only/],
  ['Postgres full', /Postgres full/],
  ['Postgres of an older migration', /the schema of an older migration/],
  ['port taken', /a port that is taken/],
  ['clock stepped back at gateway, authority and edge', /a clock stepped back lets nothing in/],
  ['clock stepped back at the publisher', /a clock stepped back stops no heartbeat/],
  ['the same service started twice', /the same service started twice/],
  ['two reconcilers', /a partition has one owner; another takes it only when/],
  ['a reader that never reads', /a client that asks and never reads/],
  ['a policy that does not type-check', /that does not type-check/],
  ['a policy engine that throws', /an engine that throws/],
  ['a policy engine that is slow', /policies that take too long/],
  ['an undeclared audience', /an undeclared audience/],
]

/** Each has an end-to-end test on the real parts, with its negative control. */
const SHOWN: readonly (readonly [day: string, text: RegExp])[] = [
  ['a partner asserting outside its prefix', /adds what is under its prefix, and nothing else/],
  [
    'a source asserting another’s claim',
    /a source gets an error for a change that it is not allowed to send/,
  ],
  ['a value that its claim does not list', /a value that the registry does not list is refused/],
  ['a value without the form of its claim', /a value without the form that the registry gives/],
  ['a descriptive claim required as a grant', /that requires a descriptive claim is refused/],
  ['an overage token', /because it is too large is decided by the authority/],
  ['an actor cut off', /is cut off: what it holds for others is denied/],
  ['a policy that lost an entitlement', /is denied once the entitlement is lost/],
  ['two sources that contradict each other', /two sources contradict each other/],
  ['a flood of removals', /is held at its limit: tokens are stale at once/],
  ['a person who asks to be erased', /leaves its name nowhere, its token stale at every edge/],
  ['a compromised key', /a signing key denied: its tokens are refused within D/],
]

/** Matches the beginning of a row of a table. */
const row = /^\s*\[\s*(?:'((?:[^'\\]|\\.)*)'|`([^`]*)`)/gm

/** Returns the titles of a source text, and the names of the rows that are tests. */
function titlesOf(source: string): readonly string[] {
  return [...titlesIn(source), ...[...source.matchAll(row)].map(([, a, b]) => a ?? b ?? '')]
}

const root = join(import.meta.dirname, '../..')
const titles = testFiles(root, ['packages', 'services', 'infra', 'test'])
  .filter((file) => file !== import.meta.filename)
  .flatMap((file) => titlesOf(readFileSync(file, 'utf8')).map((title) => ({ file, title })))
const filesThatName = (day: RegExp): readonly string[] =>
  titles.filter(({ title }) => day.test(title)).map(({ file }) => relative(root, file))

describe('each bad day has a test that names it', () => {
  it.each(DAYS)('%s', (_, day) => {
    expect(filesThatName(day)).not.toEqual([])
  })

  it.each(SHOWN)('on the real parts: %s', (_, shown) => {
    const files = filesThatName(shown)
    expect(files.filter((file) => file.endsWith('.e2e.test.ts'))).not.toEqual([])
  })

  it('control: a day that only a comment or an argument names is not found', () => {
    const source = "// Kafka absent\nit('goes on', () => say('Kafka absent'))\n  ['a row', 1],"
    expect(titlesOf(source)).toEqual(['goes on', 'a row'])
    expect(filesThatName(/Kafka on fire/)).toEqual([])
  })
})

import { partitionOf, type Change } from '@freshet/protocol'
import { contentHash, encodeChange, type Incoming } from '@freshet/wire'
import type { Acceptance, Feed, NewStamp } from '@freshet/intake'
import { expect } from 'vitest'
import { igaChange, type IntakeWorld, type PlacedStamp } from './intake-world.ts'

export const IGA: Feed = { tenant: 'acme', source: 'iga' }
export const HR: Feed = { tenant: 'acme', source: 'hr' }
/** The partition of alice of acme. */
export const ALICE_PARTITION: number = partitionOf(igaChange(1n).subject)
export const NOW_MS: number = 1_795_514_400_000
/** Two contents of a registry file, as their hashes are written. */
export const ONE: string = 'one'.padEnd(43, '_')
export const TWO: string = 'two'.padEnd(43, '_')
export async function sendOne(world: IntakeWorld, change: Change): Promise<Acceptance> {
  const [answer] = await world.gateway.acceptChanges(change.source, [{ change }])
  if (answer === undefined) throw new Error('no answer')
  return answer
}

export function sendHeartbeat(world: IntakeWorld, sequence: bigint): Promise<void> {
  return world.gateway.acceptHeartbeat({ ...IGA, throughMs: NOW_MS, sequence })
}

export function sendHrHeartbeat(world: IntakeWorld): Promise<void> {
  return world.gateway.acceptHeartbeat({ ...HR, throughMs: NOW_MS })
}

export function accepted(id: string, ...positions: readonly (readonly [number, bigint])[]): object {
  return {
    ok: true,
    id,
    positions: positions.map(([partition, offset]) => ({ partition, offset })),
  }
}

export function refused(code: string, message: RegExp = /./): object {
  return { ok: false, error: { code, message: expect.stringMatching(message) } }
}

export function snapshot(kind: 'snapshot-begin' | 'snapshot-end', sequence: bigint): Change {
  const { tenant, source, id, occurredAtMs, sourceVersion } = igaChange(sequence)
  return { kind, tenant, source, id, occurredAtMs, sourceVersion, sequence }
}

export function learned(id: string, number: bigint): PlacedStamp {
  return {
    ...IGA,
    id,
    partition: ALICE_PARTITION,
    number,
    sequence: null,
    contentHash: 'h',
    offset: 5n,
  }
}

export function newStamp(change: Change, partition: number, number: bigint): NewStamp {
  const record = encodeChange(change)
  const sequence = change.sequence ?? null
  return { id: change.id, partition, number, sequence, contentHash: contentHash(record), record }
}

async function changesIn(
  world: IntakeWorld,
  partition: number,
): Promise<readonly Extract<Incoming, { kind: 'change' }>[]> {
  const incoming = await world.read(partition)
  return incoming.flatMap((each) => (each.kind === 'change' ? [each] : []))
}

export async function numbers(world: IntakeWorld, partition: number): Promise<readonly bigint[]> {
  return (await changesIn(world, partition)).map(({ stamp }) => stamp.number)
}

export async function changeIds(world: IntakeWorld, partition: number): Promise<readonly string[]> {
  return (await changesIn(world, partition)).map(({ change }) => change.id)
}

import { randomUUID } from 'node:crypto'
import { progressOf, type ProbeWorld } from '@freshet/insight'
import { CliError } from '../cli-error.ts'
import { awaitChange } from '../commands/changes/await-change.ts'
import type { Op } from '../commands/changes/change-to-emit.ts'
import { emitChange } from '../commands/changes/emit-change.ts'
import type { ConsoleClient } from '../http/console-client.ts'
import type { SourceAccess } from '../commands/sources/source-access.ts'
import { mintToken, type TokenRequest } from '../stack/token-client.ts'
import type { ProbeDoor, Probed } from './probe-doors.ts'

const RECORDED_WITHIN_MS = 10_000

/** The object of a probe, with its source, and the client that requests the token. */
export interface SourceProbe extends Probed {
  readonly access: SourceAccess
  readonly minting: Pick<TokenRequest, 'authority' | 'issuer' | 'client' | 'idp'>
  /** A subject that does not exist: a probe removes a value that no person had. */
  readonly subject: string
  readonly doors: readonly ProbeDoor[]
  readonly console: Pick<ConsoleClient, 'change'>
  readonly signal: AbortSignal
}

/**
 * An installation as a probe sees it. The subject is the probe’s own, so that leaving everything as it was means
 * taking the grant back, where the probe itself did not come so far.
 */
export function sourceWorld(probe: SourceProbe): ProbeWorld {
  const { access, minting, subject, claim, value, audience, signal, console, doors } = probe
  const { key, tenant, iss } = access
  const { source } = key
  let isGranted = false
  const emit = async (op: Op): Promise<string> => {
    const id = `probe-${randomUUID()}`
    const of = { source, tenant, iss, sequence: undefined }
    const change = { ...of, id, op, subject, claim, values: [value] }
    return (await emitChange(change, access)).id
  }
  const recorded = (id: string) =>
    awaitChange(
      { id, source, tenant, state: 'recorded', timeoutMs: RECORDED_WITHIN_MS },
      console,
      signal,
    )
  return {
    doors: doors.map(({ name }) => name),
    async grant() {
      // A request without an answer might have been accepted all the same.
      isGranted = true
      const { outcome } = await recorded(await emit('add'))
      if (outcome !== 'applied') throw new CliError('error', `the grant was ${outcome}`)
    },
    async mint() {
      return (await mintToken({ ...minting, subject, audience })).access_token
    },
    async ask(name, token) {
      const door = doors.find((each) => each.name === name)
      if (!door) throw new CliError('notFound', `No edge or URL has the name ${name}.`)
      return door.ask(token)
    },
    async remove() {
      const id = await emit('remove')
      isGranted = false
      return id
    },
    async progress(id) {
      const items = (await console.change(id))?.items ?? []
      const change = items.find((each) => each.source === source && each.tenant === tenant)
      return change && progressOf(change)
    },
    async restore() {
      if (isGranted) await emit('remove')
    },
  }
}

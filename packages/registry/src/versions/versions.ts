import { dispositionOf, FreshetError, type Clock } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { type PolicyVersion, readRegistryDocument } from '../document/registry-document.ts'
import type { ActiveVersion, VersionStatus, VersionStore } from './version-store.ts'

/** The interval at which a process checks which version is active. */
export const POLL_EVERY_MS = 250
/** The same while the latest published version is active everywhere: the next one is published before it is activated. */
export const QUIET_POLL_EVERY_MS = 1_000
/** Latest published versions that are loaded before anybody activates them. */
export const LOADED_AHEAD = 2

/** The parts that {@link createVersions} needs. */
export interface VersionsParts extends VersionLoadParts {
  readonly store: VersionStore
  /** The version at the start of the process: it counts until a first version is active. */
  readonly own: PolicyVersion
  readonly timer: Timer
  /**
   * The interval of the checks while no version is on its way. Default: {@link QUIET_POLL_EVERY_MS}. A service that refuses
   * requests until it has the active version checks every {@link POLL_EVERY_MS}.
   */
  readonly quietPollEveryMs?: number
  /** Called with the version that counts from now on, at the start and at each switch. */
  readonly onCurrent?: (version: PolicyVersion) => void
  /** Called with each new error once; the checks continue. */
  readonly onTrouble?: (error: unknown) => void
}

/** The policy versions that a process holds, and which of them counts. */
export interface Versions {
  /**
   * The version that the control partition goes by; before the first activation that of the file.
   *
   * @throws `registry.not-loaded` while it cannot be had: nothing is judged by another
   */
  readonly current: () => PolicyVersion
  /** The last one that was current: to show how things stand, never to decide. */
  readonly last: () => PolicyVersion
  /** Returns whether a first version is active. Until then, the version of the file counts. */
  readonly isActive: () => boolean
  /** A version that is held. */
  readonly of: (pv: number, hash: string) => PolicyVersion | undefined
  /** Holds a version that is needed now. @throws `registry.not-loaded`, `database.*` */
  readonly load: (version: ActiveVersion) => Promise<PolicyVersion>
  /** The check for readiness. @throws `registry.not-loaded` while a version that is needed is missing */
  readonly check: () => void
  /** Looks once which versions are active, and loads what is missing of them. @throws `database.*` */
  readonly poll: () => Promise<void>
  /** Looks until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>
}

/**
 * Holds what a process judges by, and follows what is active. Nothing is fetched twice, and what
 * partitions still go by is not let go; {@link HeldVersions} bounds the rest.
 */
export function createVersions(parts: VersionsParts): Versions {
  const held = new HeldVersions(parts.own)
  const missed = new MissedVersions(parts)
  let control: ActiveVersion | null = null
  let last = parts.own
  let announced: string | undefined
  let triedAhead: ReadonlySet<string> = new Set()
  let isQuiet = false
  const fetch = async (version: ActiveVersion): Promise<PolicyVersion> =>
    held.of(version) ?? held.keep(await loadVersion(version, parts))
  const load = (version: ActiveVersion): Promise<PolicyVersion> =>
    missed.watch(version, fetch(version))
  const current = (): PolicyVersion => {
    if (control === null) return parts.own
    const version = held.of(control)
    if (version !== undefined) return version
    throw missed.errorOf(control)
  }
  const loadAhead = async (newest: readonly ActiveVersion[]): Promise<void> => {
    const untried = newest.filter(({ hash }) => !triedAhead.has(hash))
    triedAhead = new Set(newest.map(({ hash }) => hash))
    // A version that cannot be loaded ahead of time is no error yet.
    await Promise.all(untried.map((version) => fetch(version).catch(unlessRetried)))
  }
  const poll = async (): Promise<void> => {
    isQuiet = false
    const { active, newest, ...standing } = await parts.store.status(LOADED_AHEAD)
    held.pin([...active, ...newest])
    await Promise.all(active.map((version) => load(version).catch(unlessRetried)))
    await loadAhead(newest)
    ;({ control } = standing)
    if (control !== null && held.of(control) === undefined) return
    last = current()
    if (announced !== last.hash) parts.onCurrent?.(last)
    announced = last.hash
    isQuiet = isActiveEverywhere({ active, newest, ...standing })
  }
  return {
    current,
    last: () => last,
    isActive: () => control !== null,
    of: (pv, hash) => held.of({ pv, hash }),
    load,
    check: () => missed.check(),
    poll,
    run: (signal) => keepLooking({ poll, isQuiet: () => isQuiet }, parts, signal),
  }
}

function unlessRetried(error: unknown): void {
  if (dispositionOf(error) !== 'retry') throw error
}

/** No version is on its way: the latest that was published is the one of every partition. */
function isActiveEverywhere({ control, active, newest: [latest] }: VersionStatus): boolean {
  return control !== null && active.every(({ pv }) => pv >= (latest?.pv ?? 0))
}

async function keepLooking(
  { poll, isQuiet }: { readonly poll: () => Promise<void>; readonly isQuiet: () => boolean },
  { timer, onTrouble, quietPollEveryMs = QUIET_POLL_EVERY_MS }: VersionsParts,
  signal: AbortSignal,
): Promise<void> {
  let isTroubled = false
  while (!signal.aborted) {
    try {
      await poll()
      isTroubled = false
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error
      if (!isTroubled) onTrouble?.(error)
      isTroubled = true
    }
    await timer.sleep(isQuiet() ? quietPollEveryMs : POLL_EVERY_MS, signal)
  }
}

/** Versions that a process holds, beside those that partitions still go by. */
export const VERSIONS_HELD_MAX = 8

/** The versions in memory, by hash. The one that the process was started with stays. */
class HeldVersions {
  readonly #held = new Map<string, PolicyVersion>()
  #pinned: ReadonlySet<string> = new Set()

  readonly #own: string

  constructor(own: PolicyVersion) {
    this.#own = own.hash
    this.#held.set(own.hash, own)
  }

  of({ pv, hash }: ActiveVersion): PolicyVersion | undefined {
    const version = this.#held.get(hash)
    return version?.registry.version === pv ? version : undefined
  }

  /** Lets the longest held go where there are too many, but none that is pinned. */
  keep(version: PolicyVersion): PolicyVersion {
    this.#held.set(version.hash, version)
    for (const hash of this.#held.keys()) {
      if (this.#held.size <= VERSIONS_HELD_MAX) break
      const stays = hash === version.hash || hash === this.#own || this.#pinned.has(hash)
      if (!stays) this.#held.delete(hash)
    }
    return version
  }

  /** Names all that are needed; what was pinned before is not any more. */
  pin(versions: readonly ActiveVersion[]): void {
    this.#pinned = new Set(versions.map(({ hash }) => hash))
  }
}

/** The origins of versions, and the versions that this process supports. */
export interface VersionLoadParts {
  readonly store: Pick<VersionStore, 'find'>
  /** @throws where this process cannot go by the version */
  readonly accept?: ((version: PolicyVersion) => void) | undefined
}

/**
 * Loads the version that an activation names. Another text than the one of that hash is never loaded,
 * whatever its author.
 *
 * @throws `registry.not-loaded` with what to do; `database.*`
 */
async function loadVersion(
  { pv, hash }: ActiveVersion,
  { store, accept }: VersionLoadParts,
): Promise<PolicyVersion> {
  const found = await store.find(pv)
  if (found === undefined) throw notLoaded(pv, `nobody has published it: ${AGAIN}`)
  if (found.hash !== hash) throw notLoaded(pv, 'what was published under it is another text')
  const version = readable(found.document, pv)
  if (version.hash !== hash || version.registry.version !== pv) {
    throw notLoaded(pv, 'the stored text is not the one that was published')
  }
  try {
    accept?.(version)
  } catch (cause) {
    throw notLoaded(pv, `this process cannot go by it: ${wordsOf(cause)}`, cause)
  }
  return version
}

const AGAIN = 'run `freshet registry publish` with its file'

function readable(document: string, pv: number): PolicyVersion {
  try {
    return readRegistryDocument(document)
  } catch (cause) {
    throw notLoaded(pv, `this build cannot read it: ${wordsOf(cause)}`, cause)
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown'
}

function notLoaded(pv: number, why: string, cause?: unknown): FreshetError {
  const message = `Policy version ${pv} is active, and ${why}.`
  return new FreshetError('registry.not-loaded', message, { cause })
}

/** A version without a request for this time is no longer missed. */
export const MISSED_FOR_MS = 10_000

interface MissedParts {
  readonly timer: Clock
  readonly onTrouble?: ((error: unknown) => void) | undefined
}

/** Versions that a process needed and could not get. There are as few as activations under way. */
class MissedVersions {
  readonly #errors = new Map<string, { readonly error: FreshetError; readonly atMs: number }>()
  readonly #parts: MissedParts

  constructor(parts: MissedParts) {
    this.#parts = parts
  }

  async watch(version: ActiveVersion, loading: Promise<PolicyVersion>): Promise<PolicyVersion> {
    try {
      const loaded = await loading
      this.#errors.delete(version.hash)
      return loaded
    } catch (error) {
      if (error instanceof FreshetError && error.code === 'registry.not-loaded') {
        this.#note(version, error)
      }
      throw error
    }
  }

  #note({ hash }: ActiveVersion, error: FreshetError): void {
    this.#forget()
    const before = this.#errors.get(hash)
    this.#errors.set(hash, { error, atMs: this.#parts.timer.monotonicMs() })
    if (before?.error.message !== error.message) this.#parts.onTrouble?.(error)
  }

  errorOf({ pv, hash }: ActiveVersion): FreshetError {
    const message = `Policy version ${pv} is active, and is not loaded here yet.`
    return this.#errors.get(hash)?.error ?? new FreshetError('registry.not-loaded', message)
  }

  /** @throws `registry.not-loaded`: the longest missed one that is still asked for */
  check(): void {
    this.#forget()
    for (const { error } of this.#errors.values()) throw error
  }

  #forget(): void {
    const sinceMs = this.#parts.timer.monotonicMs() - MISSED_FOR_MS
    for (const [hash, { atMs }] of this.#errors) if (atMs < sinceMs) this.#errors.delete(hash)
  }
}

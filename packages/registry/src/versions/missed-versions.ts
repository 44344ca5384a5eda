import { FreshetError, type Clock } from '@freshet/protocol'
import type { PolicyVersion } from '../document/registry-document.ts'
import type { ActiveVersion } from './version-store.ts'

/** A version without a request for this time is no longer missed. */
export const MISSED_FOR_MS = 10_000

interface MissedParts {
  readonly timer: Clock
  readonly onTrouble?: ((error: unknown) => void) | undefined
}

/** Versions that a process needed and could not get. There are as few as activations under way. */
export class MissedVersions {
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

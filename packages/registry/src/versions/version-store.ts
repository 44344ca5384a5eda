/** A policy version as it was published. Its text never changes. */
export interface PublishedVersion {
  readonly pv: number
  /** SHA-256 of the document, base64url. */
  readonly hash: string
  /** Made by `registryDocument`. */
  readonly document: string
  /** The admin who published it; `start` for the file of the first start. */
  readonly by: string
  readonly atMs: number
}

/**
 * The order to activate a published version, with its admin and reason. The activation itself is a record of
 * the topic.
 */
export interface ActivationOrder {
  readonly pv: number
  readonly minimum: number
  readonly by: string
  readonly reason: string
  readonly atMs: number
}

/** A policy version that partitions go by. */
export interface ActiveVersion {
  readonly pv: number
  readonly hash: string
}

/** A published version without its text. */
export interface VersionRecord extends ActiveVersion {
  readonly published: Pick<PublishedVersion, 'by' | 'atMs'>
  /** The order of its activation; `null` if there is none. */
  readonly ordered: Omit<ActivationOrder, 'pv'> | null
}

/** The state of the versions, in one snapshot. */
export interface VersionStatus {
  /** That of the control partition; `null` before the first activation. */
  readonly control: ActiveVersion | null
  /** Those that partitions have come to; each once. */
  readonly active: readonly ActiveVersion[]
  /** The latest that were published, newest first. */
  readonly newest: readonly ActiveVersion[]
}

/**
 * The store of the texts that activations name by their hashes. Its content decides nothing: a version counts
 * from its record in each partition, and not before.
 *
 * @throws `database.*` from every method
 */
export interface VersionStore {
  /**
   * Keeps a version, for good, unless its number is known: returns what is kept under it. The audit entry is
   * in the same transaction, here and with orders.
   */
  publish(version: PublishedVersion): Promise<PublishedVersion>
  find(pv: number): Promise<PublishedVersion | undefined>
  /**
   * Notes an order, unless its version was ordered before: returns what is noted of it. Orders take
   * turns: `undefined` where the latest of the other versions is not `after` any more.
   */
  order(order: ActivationOrder, after: number): Promise<ActivationOrder | undefined>
  ordered(pv: number): Promise<ActivationOrder | undefined>
  /** The latest ordered version but this one; 0 where there is none. */
  latestOrder(but: number): Promise<number>
  /** The latest published versions, newest first; at most `limit`. */
  latest(limit: number): Promise<readonly VersionRecord[]>
  /** At most `limit` of the latest published. */
  status(limit: number): Promise<VersionStatus>
}

import { CALM, type Mix } from './calm.ts'

/** The mixes in which the registry itself changes, and a truth of its owners judges every allow. */
export const REGISTRY_MIXES: Readonly<Record<string, Mix>> = {
  /** Versions of the registry move, remove and add claims, while sources send files and changes. */
  registry: {
    ...CALM,
    faultsMs: 26_000,
    crashAfter: 0.0005,
    unknown: 0.001,
    registryEveryMs: 2_600,
    // One that is named twice is twice as likely.
    operations: [
      'claim moves',
      'restriction moves',
      'restriction moves',
      'cut-off source moves',
      'polarity turns',
      'claim removed',
      'claim added',
      'audience drops a claim',
      'audience takes a claim',
    ],
    resyncEveryMs: 3_000,
  },
  /** The account source moves. */
  accounts: {
    ...CALM,
    faultsMs: 24_000,
    registryEveryMs: 5_000,
    operations: ['account source moves'],
    resyncEveryMs: 6_000,
  },
  /** The change topic loses changes of accounts, too, and their sources follow docs/recovery.md. */
  recovery: {
    ...CALM,
    faultsMs: 16_000,
    healMs: 45_000,
    registryEveryMs: 20_000,
    operations: ['minimum rises'],
    resyncEveryMs: 9_000,
    unrecordedLossEveryMs: 4_000,
    claimsAlone: 0.6,
  },
  /** An audience drops claims, and takes them again. */
  audiences: {
    ...CALM,
    faultsMs: 30_000,
    // Tokens of the version before live longer than D in the next one.
    registryEveryMs: 16_000,
    operations: ['audience drops a restriction', 'audience takes a claim'],
    // A restriction that is stated again makes older tokens stale.
    resyncEveryMs: 0,
  },
  /** Identity providers and the tenant leave the registry and come back. */
  providers: {
    ...CALM,
    faultsMs: 24_000,
    healMs: 30_000,
    registryEveryMs: 4_500,
    operations: [
      'provider removed',
      'provider added',
      'tenant removed',
      'tenant added',
      'audience removed',
    ],
    resyncEveryMs: 9_000,
  },
  /** A second source corroborates a claim, another one does, or none. */
  witnesses: {
    ...CALM,
    faultsMs: 26_000,
    crashAfter: 0.0005,
    unknown: 0.001,
    registryEveryMs: 3_200,
    operations: [
      'witness turns',
      'witness turns',
      'witness moves',
      'claim moves',
      'polarity turns',
    ],
    resyncEveryMs: 4_000,
  },
  /** A source sends for a partner, which leaves, returns and gets other values. */
  partners: {
    ...CALM,
    faultsMs: 26_000,
    crashAfter: 0.0005,
    unknown: 0.001,
    registryEveryMs: 2_600,
    operations: ['partner leaves', 'partner leaves', 'partner gets a prefix'],
    partnerEveryMs: 400,
    // A snapshot would repair a removal that was refused.
    resyncEveryMs: 20_000,
  },
  /** Two facts about a claim have one version. */
  versions: {
    ...CALM,
    faultsMs: 20_000,
    registryEveryMs: 20_000,
    operations: ['minimum rises'],
    resyncEveryMs: 15_000,
    equals: 0.5,
  },
  /** Files of a new owner are truncated. */
  exports: {
    ...CALM,
    faultsMs: 20_000,
    // A person writes three files in a row: a truncated one, one that is held, and one after the last version.
    healMs: 30_000,
    registryEveryMs: 3_500,
    operations: ['claim moves', 'restriction moves'],
    resyncEveryMs: 9_000,
    crowd: 1,
  },
  /** The database fails over by streaming and by logical replication, while the broker has no room at times. */
  failover: {
    ...CALM,
    faultsMs: 24_000,
    // Each retry against a full database is one more record, and the reconciler reads them all first.
    healMs: 36_000,
    registryEveryMs: 20_000,
    operations: ['minimum rises'],
    resyncEveryMs: 9_000,
    crashEveryMs: 3_000,
    fullEveryMs: 1_200,
    backupEveryMs: 600,
    restoreEveryMs: 12_000,
    failoverEveryMs: 5_000,
  },
  /** The clock of a source, or of its gateways too, is ahead. */
  ahead: {
    ...CALM,
    faultsMs: 16_000,
    registryEveryMs: 20_000,
    operations: ['minimum rises'],
    resyncEveryMs: 6_000,
    aheadEveryMs: 3_000,
  },
}

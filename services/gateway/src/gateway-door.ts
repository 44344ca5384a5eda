import { randomBytes, randomUUID } from 'node:crypto'
import { createIntake, ReplayCache, sourceStatus } from '@freshet/intake'
import type { Kafka } from '@freshet/kafka'
import {
  postgresReachStore,
  postgresSourceViewStore,
  postgresStampStore,
  type Database,
} from '@freshet/postgres'
import { systemClock, type LoadedRegistryFile, type Logger } from '@freshet/runtime'
import type { GatewayConfig } from './config.ts'
import type { GatewayDoor } from './routes.ts'

/** What the process has opened. */
export interface GatewayParts {
  readonly config: GatewayConfig
  readonly loaded: LoadedRegistryFile
  /** The keys of stamps, as they are now. */
  readonly stamps: { readonly making: () => Uint8Array }
  readonly database: Database
  readonly kafka: Kafka
  readonly logger: Logger
}

/** Wires what the routes work with. */
export function gatewayDoor(parts: GatewayParts): GatewayDoor {
  const { config, loaded, database, logger } = parts
  const { registry, hash: registryHash, sourceKeys } = loaded
  const store = postgresStampStore(database)
  const clock = systemClock
  const seen = { registry, store, view: postgresSourceViewStore(database), clock }
  const report = (error: unknown): void => logger.warn({ err: error }, 'swept again later')
  const writer = parts.kafka.writer()
  const { limits } = config
  const macKey = parts.stamps.making
  const intake = createIntake({ registry, store, writer, macKey, limits, timer: clock, report })
  // Stamps are ours to make: at the door only sources prove themselves.
  const authenticity = { macKeys: [], sourceKeys }
  return {
    intake,
    sourceStatus: (source, tenant) => sourceStatus(seen, source, tenant),
    keys: { authenticity, url: config.url, clock, replays: new ReplayCache() },
    registry,
    registryHash,
    reach: postgresReachStore(database, config.issuer),
    admins: config.admins,
    clock,
    logger,
    newOrder: () => randomUUID(),
    newTraceparent,
  }
}

function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
}

import type { KafkaOptions } from '@freshet/kafka'
import { readDatabaseSettings } from '@freshet/runtime'
import { CliError } from '../cli-error.ts'
import { consoleAccess, findStack, namesDatabase } from '../context.ts'
import type { ConsoleAccess } from '../http/console-client.ts'
import type { ServiceName } from '../installation/service-names.ts'
import type { Shell } from '../shell.ts'
import { servicesOf, type DevFile } from '../stack/dev-file.ts'
import { namedAccess } from '../with-kafka.ts'

/** The connection to Kafka. */
export type KafkaWay = Omit<KafkaOptions, 'clientId'>

/** The parts that the doctor checks; it reports an absent one as unknown. */
export interface DoctorTarget {
  /** The running dev stack, where that is what is looked at. */
  readonly dev: DevFile | undefined
  /** The connection to Kafka; rejects if the environment is not usable. */
  readonly kafka: ((signal: AbortSignal) => Promise<KafkaWay>) | undefined
  /** The database. @throws `config.invalid` where traffic to it could be in clear, and must not */
  readonly databaseUrl: (() => string) | undefined
  /** Path of the registry file. */
  readonly registry: string | undefined
  readonly issuer: string | undefined
  /** Base URLs of services, by name. */
  readonly services: Readonly<Record<string, string>>
  readonly console: ConsoleAccess | undefined
  /** One broker serves: topics have one replica. */
  readonly development: boolean
  /** The service whose start is checked, with the environment of this command. */
  readonly service: ServiceName | undefined
  readonly env: Shell['env']
}

/** The options of the command line, beside stack and environment. */
export interface DoctorOptions {
  readonly registry?: string | undefined
  readonly issuer?: string | undefined
  readonly gateway?: string | undefined
  readonly development?: true | undefined
  readonly service?: ServiceName | undefined
}

/** The parts to check: options first, then the environment, then the dev stack here. */
export async function doctorTarget(shell: Shell, options: DoctorOptions): Promise<DoctorTarget> {
  const dev = (await findStack(shell))?.dev
  const { KAFKA_BROKERS: given, FRESHET_ISSUER, FRESHET_GATEWAY_URL } = shell.env
  const gateway = options.gateway ?? (dev ? undefined : FRESHET_GATEWAY_URL)
  const ofStack = dev && (() => dev.postgres.url)
  return {
    dev,
    kafka: kafkaWay(shell, dev),
    databaseUrl: namesDatabase(shell.env)
      ? () => readDatabaseSettings(shell.env).databaseUrl
      : ofStack,
    registry: options.registry ?? dev?.registry,
    issuer: options.issuer ?? dev?.authority.issuer ?? FRESHET_ISSUER,
    services: { ...(dev && servicesOf(dev)), ...(gateway && { gateway }) },
    console: await consoleAccess(shell).catch(unlessUsage),
    development: options.development ?? (!given && dev !== undefined),
    service: options.service,
    env: shell.env,
  }
}

function kafkaWay(shell: Shell, dev: DevFile | undefined): DoctorTarget['kafka'] {
  if (shell.env['KAFKA_BROKERS']) return (signal) => namedAccess(shell, signal)
  return dev && (() => Promise.resolve({ brokers: dev.kafka.brokers }))
}

function unlessUsage(error: unknown): undefined {
  if (error instanceof CliError && error.kind === 'unreachable') return undefined
  throw error
}

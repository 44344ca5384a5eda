import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import {
  startCluster,
  startKafka,
  type LocalCluster,
  type LocalKafka,
  type StartOptions,
} from '@freshet/local-kafka'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { testAuthority, type Issued } from '../setup/certificates.ts'
import { kafkaClasses } from '../setup/kafka-classes.ts'

const TOOLS = { 'kafka-acls.sh': 'AclCommand', 'kafka-configs.sh': 'ConfigCommand' } as const
/** Commands of Kafka's own tools that run in parallel: each starts Java. */
const TOOLS_AT_ONCE = 3

export type Environment = Readonly<Record<string, string>>

/** The users of the brokers. The test runs `freshet topic plan -o acl` for them. */
const USERS = ['topics', 'gateway', 'reconciler', 'authority', 'console', 'sidecar'] as const
const OTHERS = ['source', 'auditor', 'stranger'] as const
export type User = (typeof USERS)[number] | (typeof OTHERS)[number]
/** Names of client certificates of edges: the one in use, and its successor. */
export const EDGE_NAMES = ['payments-edge', 'payments-edge-2'] as const

const PRINCIPALS = [
  'topic-admin=User:topics',
  ...['gateway', 'reconciler', 'authority', 'console', 'source', 'auditor'].map(
    (user) => `${user}=User:${user}`,
  ),
  // A user of `doctor` reads revocations, too.
  ...['topics', 'sidecar', ...EDGE_NAMES].map((user) => `edge=User:${user}`),
]

/** Brokers that allow nothing by default, with TLS, SCRAM and client certificates. */
interface Secured<Kafka> extends AsyncDisposable {
  readonly kafka: Kafka
  /** Folder of certificates, keys and passwords. */
  readonly dir: string
  /** The variables of a process that authenticates by SCRAM. */
  readonly scram: (user: User) => Environment
  /**
   * The variables of a process that authenticates by the client certificate of the files `NAME.pem` and
   * `NAME.key`.
   */
  readonly mtls: (name: string) => Environment
  /** Replaces a file, as a mounted secret is replaced. */
  readonly put: (file: string, text: string) => Promise<void>
  readonly issue: (commonName: string, days?: number) => Issued
  /** Replaces the certificate of the brokers. A broker that starts uses the new one. */
  readonly renewBroker: () => Promise<void>
  /** The environment of an administrator: Kafka's tools in `PATH`, a broker, and the own credentials. */
  readonly admin: Environment
  /** Runs lines of `kafka-acls.sh` and `kafka-configs.sh` in a shell. */
  readonly runAcls: (lines: readonly string[]) => Promise<void>
}

/** The state of the brokers after the start. */
interface Prepared {
  /** True if users and their rights exist. Default: true. */
  readonly isPrepared?: boolean
}

export type SecuredKafka = Secured<LocalKafka>
export type SecuredCluster = Secured<LocalCluster>

/** Starts one with exactly the rights and quotas that `freshet topic plan -o acl` prints. */
export function startSecuredKafka(prepared: Prepared = {}): Promise<SecuredKafka> {
  return startSecured(startKafka, prepared)
}

/** Starts three brokers with these rights and quotas. */
export function startSecuredCluster(prepared: Prepared = {}): Promise<SecuredCluster> {
  return startSecured(
    ({ settings, ...options }) =>
      startCluster({
        ...options,
        settings: { ...settings, 'offsets.topic.replication.factor': '3' },
      }),
    prepared,
  )
}

async function startSecured<Kafka extends Pick<LocalKafka, 'brokers' | 'listeners' | 'stop'>>(
  start: (options: StartOptions) => Promise<Kafka>,
  { isPrepared = true }: Prepared,
): Promise<Secured<Kafka>> {
  const dir = await mkdtemp(join(tmpdir(), 'freshet-secured-'))
  const authority = testAuthority('Freshet test CA')
  const put = async (file: string, text: string): Promise<void> => {
    await writeFile(join(dir, `${file}.new`), text)
    await rename(join(dir, `${file}.new`), join(dir, file))
  }
  const renewBroker = async (): Promise<void> => {
    const server = authority.issue({ commonName: 'broker', addresses: ['127.0.0.1'] })
    await put('broker.pem', server.key + server.cert)
  }
  await renewBroker()
  await put('ca.pem', authority.ca)
  await put('other-ca.pem', testAuthority('Another CA').ca)
  const passwords = Object.fromEntries([...USERS, ...OTHERS].map((user) => [user, `${user}-1`]))
  for (const [user, password] of Object.entries(passwords)) await put(`${user}.password`, password)
  const listeners = { SCRAM: 'SASL_SSL', MTLS: 'SSL' } as const
  const users = isPrepared ? passwords : {}
  const kafka = await start({ listeners, users, settings: settingsIn(dir) })
  const admin = await adminIn(dir, kafka.brokers)
  const at = (file: string): string => join(dir, file)
  const tls = { KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: at('ca.pem') }
  const secured: Secured<Kafka> = {
    kafka,
    dir,
    put,
    scram: (user) => ({
      ...tls,
      KAFKA_BROKERS: kafka.listeners['SCRAM'] ?? '',
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD_FILE: at(`${user}.password`),
    }),
    mtls: (name) => ({
      ...tls,
      KAFKA_BROKERS: kafka.listeners['MTLS'] ?? '',
      KAFKA_TLS_CERT_FILE: at(`${name}.pem`),
      KAFKA_TLS_KEY_FILE: at(`${name}.key`),
    }),
    issue: (commonName, days = 1) => authority.issue({ commonName, days }),
    renewBroker,
    admin,
    runAcls: (lines) => runAcls(admin, lines),
    async [Symbol.asyncDispose]() {
      await kafka.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
  if (isPrepared) await secured.runAcls((await plannedAcls()).split('\n'))
  return secured
}

/** Returns the output of `freshet topic plan -o acl` for these principals. */
async function plannedAcls(): Promise<string> {
  const shell = recordingShell()
  const principals = PRINCIPALS.flatMap((principal) => ['--principal', principal])
  await runCommand(['topic', 'plan', '-o', 'acl', ...principals], shell)
  return shell.written().out
}

function settingsIn(dir: string): Environment {
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    // The plain listener on loopback is for setting up users and ACLs, and for the broker itself.
    'super.users': 'User:ANONYMOUS',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(dir, 'broker.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(dir, 'ca.pem'),
    'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.scram.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.mtls.ssl.client.auth': 'required',
    'listener.name.mtls.ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
  }
}

/** Writes scripts that do the same as those in Kafka's archive. Returns the environment of an administrator. */
async function adminIn(dir: string, brokers: readonly string[]): Promise<Environment> {
  const { classpath, flags } = await kafkaClasses()
  const java = `java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 ${flags.join(' ')} -cp '${classpath}'`
  for (const [name, main] of Object.entries(TOOLS)) {
    await writeFile(
      join(dir, name),
      `#!/bin/sh\nexec ${java} org.apache.kafka.tools.${main} "$@"\n`,
    )
    await chmod(join(dir, name), 0o700)
  }
  await writeFile(join(dir, 'admin.properties'), '')
  return {
    PATH: `${dir}${delimiter}${process.env['PATH'] ?? ''}`,
    BOOTSTRAP: brokers.join(','),
    ADMIN_CONFIG: join(dir, 'admin.properties'),
  }
}

async function runAcls(admin: Environment, lines: readonly string[]): Promise<void> {
  const env = { ...process.env, ...admin }
  const commands = lines.filter((line) => /^kafka-(?:acls|configs)\.sh /.test(line))
  const next = commands.values()
  const worker = async (): Promise<void> => {
    for (const line of next) await promisify(execFile)('sh', ['-ec', line], { env })
  }
  await Promise.all(Array.from({ length: TOOLS_AT_ONCE }, worker))
}

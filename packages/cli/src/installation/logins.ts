import { defaultPrincipal, type AclRole } from '@freshet/kafka'
import { planLogins, rolesSql, type DatabaseUser } from '@freshet/postgres'
import { shellText } from './environment-text.ts'
import type { Installation, InstallationFile } from './installation.ts'
import type { ServiceName } from './service-names.ts'

/** The login of a process in Kafka: its role, and the file with its password. */
export interface KafkaLogin {
  readonly role: AclRole
  readonly user: string
  readonly password: InstallationFile
}

/** A process of an installation: a service, or the command line. */
type Process = ServiceName | 'cli'

/** The mechanism for which the passwords are made. */
export const MECHANISM = 'scram-sha-512'

const KAFKA: Readonly<Record<Process, readonly [role: AclRole, password: InstallationFile]>> = {
  gateway: ['gateway', 'gatewayPassword'],
  reconciler: ['reconciler', 'reconcilerPassword'],
  authority: ['authority', 'authorityPassword'],
  console: ['console', 'consolePassword'],
  sidecar: ['edge', 'edgePassword'],
  cli: ['topic-admin', 'topicsPassword'],
}

const DATABASE: Readonly<Record<DatabaseUser, InstallationFile>> = {
  migrate: 'migrateUrl',
  gateway: 'gatewayUrl',
  reconciler: 'reconcilerUrl',
  authority: 'authorityUrl',
  console: 'consoleUrl',
}

/** Returns the login of a process in Kafka. */
export function kafkaLogin(process: Process): KafkaLogin {
  const [role, password] = KAFKA[process]
  return { role, user: userOf(role), password }
}

/** Returns the file with the database URL of a process. The command line migrates. */
export function databaseFile(
  process: Process,
  { logins }: Pick<Installation, 'logins'>,
): InstallationFile {
  if (!logins || process === 'sidecar') return 'databaseUrl'
  return DATABASE[process === 'cli' ? 'migrate' : process]
}

/** The texts of the files of all logins, with a new password for each. */
export function loginFiles(
  at: Pick<Installation, 'databaseUrl' | 'path'>,
  secret: () => string,
): ReadonlyMap<InstallationFile, string> {
  const files = new Map<InstallationFile, string>()
  const users = Object.values(KAFKA).map(([role, file]) => {
    files.set(file, `${secret()}\n`)
    return kafkaUserLine(userOf(role), at.path(file))
  })
  files.set('kafkaLogins', [KAFKA_HEAD, ...users, ''].join('\n'))
  const logins = planLogins()
  const passwords = logins.map(({ process, login }) => {
    const password = secret()
    const url = Object.assign(new URL(at.databaseUrl), { username: login, password })
    files.set(DATABASE[process], `${url.href}\n`)
    return `ALTER ROLE ${login} PASSWORD '${password}';`
  })
  files.set('databaseLogins', [rolesSql(logins), LOGINS_HEAD, ...passwords, ''].join('\n'))
  return files
}

const KAFKA_HEAD = `\
# The users of Kafka, each with its password. An administrator of the cluster runs this once, with sh -e.
# BOOTSTRAP is the address of a broker, and ADMIN_CONFIG the file with the administrator's own credentials.`

const LOGINS_HEAD = `
-- The passwords of the logins. freshet init made them, and wrote them into the URLs of the processes.`

/** Kafka has no other way to set a password than an argument, which users of the same machine can read. */
function kafkaUserLine(user: string, file: string): string {
  const password = `$(cat ${shellText(file)})`
  return `kafka-configs.sh --bootstrap-server "$BOOTSTRAP" --command-config "$ADMIN_CONFIG" --alter --entity-type users --entity-name ${user} --add-config "SCRAM-SHA-512=[password=${password}]"`
}

function userOf(role: AclRole): string {
  return defaultPrincipal(role).replace('User:', '')
}

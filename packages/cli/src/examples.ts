import type { Command } from '@commander-js/extra-typings'

/** The examples at the end of the help, by command. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  dev: ['freshet dev'],
  demo: ['freshet demo'],
  status: ['freshet status --watch', "freshet status -o json | jq '.sources[]'"],
  doctor: [
    'freshet doctor',
    'freshet doctor --wait=2m',
    `freshet doctor -o jsonl | jq 'select(.outcome == "failed")'`,
    'KAFKA_BROKERS=k1:9092,k2:9092 freshet doctor --registry registry.yaml --issuer https://tokens.example',
  ],
  drill: ['freshet drill', 'freshet drill source -o json'],
  open: ['freshet open', 'freshet open slos', 'freshet open --print'],
  'context ls': ['freshet context ls', 'freshet context ls -o name'],
  'context use': ['freshet context use staging'],
  'context show': ['freshet context show', 'freshet context show staging -o json'],
  'context rm': ['freshet context rm staging'],
  'context set': [
    'freshet context set staging --url https://console.staging.example --token-file staging.token',
    'freshet context set production --url https://console.example --gateway https://gateway.example --token-file production.token',
  ],
  completion: ['source <(freshet completion bash)', 'freshet completion fish | source'],
  version: ['freshet version', 'freshet version -o json'],
  init: [
    'freshet init installation',
    'freshet init installation --brokers k1:9092,k2:9092,k3:9092 --issuer https://tokens.example --idp https://login.example',
  ],
  try: [
    'freshet try https://login.example --token - < token.jwt',
    "freshet try https://login.example --audience orders --claim groups --route 'GET /orders'",
  ],
  serve: ['freshet serve', 'FRESHET_LOG_LEVEL=debug freshet serve gateway'],
  'change ls': [
    'freshet change ls',
    'freshet change ls --source hr --outcome late --since 15m',
    'freshet change ls -o jsonl | jq \'select(.state != "applied")\'',
  ],
  'change tail': ['freshet change tail', 'freshet change tail --limit 10 -o jsonl'],
  'change emit': [
    'freshet change emit --source hr --subject alice --claim groups --op set --value staff',
    'freshet change emit --source hr --subject alice --op disabled --wait applied',
    'freshet change emit --source hr --key-file hr.private.json --gateway https://gateway.example --tenant acme --iss https://idp.example --subject alice --op disabled',
  ],
  'change explain': ['freshet change explain hr-1f3c'],
  'token mint': [
    'freshet token mint --subject alice --audience payments',
    'freshet token mint --subject-token - --audience payments --issuer https://tokens.example --client payments-web --client-secret-file payments-web.secret',
  ],
  'token check': [
    'freshet token check "$TOKEN" --require groups=payments-approvers',
    'freshet token mint --subject alice --audience payments | freshet token check -',
  ],
  'token explain': ['freshet token explain "$TOKEN"', 'freshet token explain 0b6d9c2e'],
  'token ls': [
    'freshet token ls --claim groups --value payments-approvers',
    'freshet token ls --claim groups --value payments-approvers --at 2026-11-24T10:00:00Z -o jsonl',
  ],
  'subject get': ['freshet subject get alice -o json'],
  'subject preview': ['freshet subject preview alice --audience payments'],
  'subject erase': ["freshet subject erase alice --reason 'request 4711' --yes"],
  'revocation tail': ['freshet revocation tail --from-beginning --limit 10 -o jsonl'],
  'edge ls': [
    'freshet edge ls --watch',
    `freshet edge ls -o jsonl | jq 'select(.standing != "synced")'`,
  ],
  'edge get': ['freshet edge get sidecar', 'freshet edge get sidecar -o json'],
  lag: ['freshet lag', `freshet lag -o jsonl | jq 'select(.behindMs > 1000)'`],
  'slo report': [
    'freshet slo report',
    'freshet slo report --burn',
    'freshet slo report --fail-on-breach -o json',
  ],
  'probe run': [
    'freshet probe run',
    "freshet probe run --url http://127.0.0.1:8080/approve -o json | jq '.broken'",
    'freshet probe run --key-file hr.private.json --tenant acme --iss https://idp.example --idp-key-file idp.private.json --client-secret-file payments-web.secret',
  ],
  'quarantine ls': [
    'freshet quarantine ls --source hr --code event.unauthentic --older-than 10m',
    "freshet quarantine ls -o json | jq '.counts'",
  ],
  'quarantine get': [
    'freshet quarantine get 3-k8JxUu1Vt0m2rQ0pZc9y4A',
    'freshet quarantine get 3-k8JxUu1Vt0m2rQ0pZc9y4A --raw record.json',
  ],
  'quarantine replay': [
    'freshet quarantine replay --source hr --dry-run',
    "freshet quarantine replay --source hr --max 500 --rate 20 --reason 'key hr-2 published'",
  ],
  'quarantine drop': [
    "freshet quarantine drop 3-k8JxUu1Vt0m2rQ0pZc9y4A --reason 'a test of hr that went astray'",
  ],
  'quarantine clear': [
    "freshet quarantine clear 3-k8JxUu1Vt0m2rQ0pZc9y4A --reason 'hr says that nothing changed'",
  ],
  'source ls': [
    'freshet source ls',
    'freshet source ls -o jsonl | jq \'select(.standing != "live")\'',
  ],
  'source token': [
    'curl -H "authorization: Bearer $(freshet source token --source hr)" "$URL"',
    'freshet source token --source hr --key-file hr.private.json --gateway https://gateway.example',
  ],
  'source beat': [
    'freshet source beat --source hr --tenant acme --key-file hr.private.json --gateway https://gateway.example',
  ],
  'source load': ['freshet source load people.csv --source hr'],
  'source resync': [
    'freshet source resync people.csv --source hr',
    'freshet source resync people.csv --source hr --confirm -o json',
  ],
  'source diff': [
    'freshet source diff --source keycloak',
    "freshet source diff --source keycloak -o jsonl | jq 'select(.removed != [])'",
  ],
  'connect plan': [
    'freshet connect plan keycloak --at https://login.example/realms/acme --secret-file freshet.secret',
    'freshet connect plan file --at people.jsonl > part.yaml',
  ],
  'connect check': ['freshet connect check keycloak', 'freshet connect check keycloak -o json'],
  'registry usage': ['freshet registry usage', 'freshet registry usage --days 90 -o json'],
  'registry versions': ['freshet registry versions', 'freshet registry versions -o json'],
  'registry show': ['freshet registry show'],
  'registry diff': [
    'freshet registry diff registry.yaml registry-next.yaml',
    'freshet registry diff registry.yaml registry-next.yaml --no-stack -o json',
  ],
  'registry publish': [
    'freshet registry publish registry.yaml --dry-run',
    'freshet registry publish registry.yaml',
  ],
  'registry activate': [
    "freshet registry activate 2 --minimum 2 --reason 'payments tokens live 2 minutes' --wait",
  ],
  'registry lint': ['freshet registry lint registry.yaml -o jsonl'],
  'cut-off': ['freshet cut-off client payments-web --dry-run', 'freshet cut-off key k1 --yes'],
  'break-glass open': [
    "freshet break-glass open --audience payments --route 'POST /approve' --claim groups --for 30m --reason 'HR is down' --dry-run",
  ],
  'break-glass close': ["freshet break-glass close open-ID --reason 'HR is back'"],
  'break-glass ls': ['freshet break-glass ls -o json'],
  'topic plan': [
    'freshet topic plan',
    'freshet topic plan -o acl --principal edge=User:payments-edge',
    'freshet topic plan -o strimzi --cluster main > freshet-kafka.yaml',
    'freshet topic plan -o terraform > freshet.tf.json',
  ],
  'topic apply': ['KAFKA_BROKERS=k1:9092 freshet topic apply'],
  'topic verify': ['KAFKA_BROKERS=k1:9092 freshet topic verify'],
  'db roles': [
    'freshet db roles',
    'freshet db roles -o sql --login console=console@project.iam | psql "$ADMIN_URL"',
  ],
  'db migrate': [
    'DATABASE_URL=postgres://… freshet db migrate --dry-run',
    'DATABASE_URL=postgres://… freshet db migrate',
  ],
  'db status': ['freshet db status'],
  'keys gen': ['freshet keys gen --alg EdDSA --name checkpoints-2 --out keys'],
  'keys rotate': ['freshet keys rotate tokens', 'freshet keys rotate tokens --revoke k1'],
  'audit verify': [
    'freshet audit verify',
    'DATABASE_URL=postgres://… KAFKA_BROKERS=k1:9092 freshet audit verify --keys audit.jwks.json -o json',
  ],
  'audit ls': [
    'freshet audit ls --kind cut-off-ordered --since 8d',
    'freshet audit ls --ref 0b6d9c2e -o jsonl',
  ],
  evidence: [
    'freshet evidence --out evidence.md --out evidence.json',
    `freshet evidence -o jsonl | jq 'select(.verdict != "green")'`,
  ],
  'keys ls': ['freshet keys ls', 'freshet keys ls tokens'],
}

/** A command without commands below it, with its full name. */
export interface Verb {
  readonly words: string
  readonly command: Command
}

/** Every verb below a command. */
export function verbsOf(command: Command, above: readonly string[] = []): readonly Verb[] {
  return command.commands.flatMap((each): readonly Verb[] => {
    const words = [...above, each.name()]
    const below = verbsOf(each as unknown as Command, words)
    return below.length > 0
      ? below
      : [{ words: words.join(' '), command: each as unknown as Command }]
  })
}

/** Adds examples to the help of every verb, and to that of a group the first example of each of its verbs. */
export function addExamples(program: Command): void {
  for (const { words, command } of verbsOf(program)) addLines(command, EXAMPLES[words] ?? [])
  for (const each of program.commands as unknown as readonly Command[]) {
    const verbs = verbsOf(each, [each.name()])
    const firsts = verbs.flatMap(({ words }) => EXAMPLES[words]?.[0] ?? [])
    if (verbs.length > 0) addLines(each, firsts)
  }
}

function addLines(command: Command, lines: readonly string[]): void {
  const shown = lines.map((line) => `${brokenLine(line)}\n`).join('')
  command.addHelpText('after', `\nExamples:\n${shown}`)
}

/** The columns of a terminal, without the backslash of a line that continues. */
const COLUMNS = 78

/** A command that is too long for one line is broken before an option or a pipe, as a shell reads it. */
function brokenLine(command: string): string {
  const lines = ['']
  for (const part of command.split(/ (?=--?[a-z]|\| |> )/)) {
    const line = lines.at(-1) ?? ''
    const longer = line === '' ? `  ${part}` : `${line} ${part}`
    if (line === '' || longer.length <= COLUMNS) lines[lines.length - 1] = longer
    else lines.push(`    ${part}`)
  }
  return lines.join(' \\\n')
}

/** The parts of an OpenAPI document that the page shows. */
export interface OpenApi {
  readonly info: { readonly title: string; readonly description?: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly summary?: string
  readonly description?: string
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, unknown>> }
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
}

/** The page of one service: every route with its credentials, parameters, bodies and answers. */
export function httpPage({ info, paths }: OpenApi): string {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      return `## ${method.toUpperCase()} ${path}\n\n${operationText(operation)}`
    }),
  )
  const head = [
    `# ${info.title}`,
    ...(info.description === undefined ? [] : [safe(info.description)]),
  ]
  return [...head, ...routes].join('\n\n') + '\n'
}

function operationText(operation: Operation): string {
  const { summary, description, parameters = [], requestBody, responses = {} } = operation
  const lists = [
    list('Credentials', credentialsOf(operation)),
    list('Parameters', parameters.map(parameterText)),
    list(
      'Body',
      Object.keys(requestBody?.content ?? {}).map((type) => `\`${type}\``),
    ),
    list('Answers', Object.entries(responses).map(answerText)),
  ]
  const texts = [summary, description].filter((text) => text !== undefined).map(safe)
  return [...texts, ...lists.filter((text) => text !== '')].join('\n\n')
}

function credentialsOf({ security = [] }: Operation): readonly string[] {
  return security.map((each) => Object.keys(each).join(' and ') || 'none')
}

function parameterText({ name, in: place, required, description }: Parameter): string {
  const about = description === undefined ? '' : `: ${safe(description)}`
  return `\`${name}\` (${place}${required === true ? ', required' : ''})${about}`
}

function answerText([status, { description }]: readonly [
  string,
  { description?: string },
]): string {
  return `\`${status}\`${description === undefined ? '' : `: ${safe(description)}`}`
}

function list(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `**${title}**\n\n${items.map((item) => `- ${item}`).join('\n')}`
}

/** Text that the site does not read as markup of its own. */
function safe(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('{{', '{&#8203;{')
}

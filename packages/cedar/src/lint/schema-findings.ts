import type { SchemaJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Registry } from '@freshet/protocol'
import { finding, type Finding } from '@freshet/registry/lint'
import { AUDIENCE, SUBJECT, TENANT } from '../attributes/registry-names.ts'
import { ACTORS_TYPE, declaredActors } from '../attributes/shown-actors.ts'
import { subjectAttributes } from '../attributes/subject-attributes.ts'

type Parts = SchemaJson<string>[string]

/** Members of an evaluation's context that are no facts of a request (AuthZEN). */
const RESERVED = ['token', 'claims', 'positions'] as const

/** @internal In what a schema does not declare what the authority tells. */
export function schemaFindings(
  registry: Registry,
  parts: Parts,
  place: string,
): readonly Finding[] {
  const faults = [
    ...entityFaults(parts),
    ...attributeFaults(registry, parts),
    ...[...routesWithPolicies(registry)].flatMap((route) => actionFaults(route, parts)),
  ]
  return faults.map(([message, fix]) => finding('policy.schema-differs', place, { message, fix }))
}

type Fault = readonly [message: string, fix: string]

function entityFaults({ entityTypes }: Parts): readonly Fault[] {
  const missing = [TENANT, SUBJECT, AUDIENCE].filter((name) => !Object.hasOwn(entityTypes, name))
  if (missing.length > 0)
    return missing.map((name) => [
      `the schema declares no entity ${name}`,
      `declare entity ${name}`,
    ])
  const { memberOfTypes = [] } = Object(entityTypes[SUBJECT]) as {
    readonly memberOfTypes?: string[]
  }
  if (memberOfTypes.includes(TENANT)) return []
  return [
    [
      `a subject is in a tenant, and the schema says otherwise`,
      'declare entity Subject in [Tenant]',
    ],
  ]
}

function attributeFaults({ claims }: Registry, parts: Parts): readonly Fault[] {
  return [...subjectAttributes(parts)].flatMap(([name, shape]): readonly Fault[] => {
    const claim = claims.get(name)
    if (claim === undefined)
      return [
        [
          `the schema gives a subject ${name}, and no claim is called so`,
          `leave ${name} out, or declare the claim`,
        ],
      ]
    if (claim.kind === 'descriptive')
      return [
        [
          `the schema gives a subject ${name}, which is descriptive and grants nothing`,
          `leave ${name} out`,
        ],
      ]
    if (shape === claim.shape) return []
    const wanted = claim.shape === 'set' ? 'Set<String>' : 'an optional String'
    return [
      [
        `claim ${name} is a ${claim.shape}, and the schema says otherwise`,
        `declare it as ${wanted}`,
      ],
    ]
  })
}

function routesWithPolicies({ audiences }: Registry): ReadonlySet<string> {
  const routes = [...audiences.values()].flatMap((audience) => [...audience.routes])
  return new Set(routes.flatMap(([name, { policies }]) => (policies.length > 0 ? [name] : [])))
}

function actionFaults(route: string, { actions }: Parts): readonly Fault[] {
  const named = `action "${route}"`
  if (!Object.hasOwn(actions, route))
    return [
      [
        `the schema declares no ${named}`,
        `declare ${named} for principal Subject and resource Audience`,
      ],
    ]
  const { appliesTo } = actions[route] ?? {}
  const { principalTypes = [], resourceTypes = [], context } = appliesTo ?? {}
  const applies = principalTypes.includes(SUBJECT) && resourceTypes.includes(AUDIENCE)
  const { attributes = {} } = Object(context) as { readonly attributes?: object }
  const reserved = RESERVED.filter((name) => Object.hasOwn(attributes, name))
  return [
    ...(applies
      ? []
      : [
          [
            `${named} is for others than subjects and audiences`,
            'declare it for principal Subject and resource Audience',
          ] as const,
        ]),
    ...(declaredActors(route, actions) === 'other'
      ? [
          [
            `${named} has actors in its context, of another type than the authority shows`,
            `declare it as actors: ${ACTORS_TYPE}, or leave it out`,
          ] as const,
        ]
      : []),
    ...reserved.map(
      (name) =>
        [
          `${named} has ${name} in its context, which questions use themselves`,
          `give ${name} another name`,
        ] as const,
    ),
  ]
}

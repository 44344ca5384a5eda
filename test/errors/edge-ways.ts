import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Edge, RoutePolicy } from '@freshet/edge'
import { serveHttp, type OnRefusal } from '@freshet/runtime'
import type { EdgeWorld } from '@freshet/testkit'
import express from 'express'
import { sidecarApp } from '../hostile/services/attacked-sidecar.ts'

/** A request to a service that an edge protects. */
export interface EdgeRequest {
  readonly token?: string | undefined
  readonly scheme?: 'Bearer' | 'DPoP'
  readonly dpop?: string
}

/** The ways to ask an edge by HTTP. */
export const EDGE_WAYS = ['middleware', 'proxy', 'nginx', 'check'] as const
export type EdgeWay = (typeof EDGE_WAYS)[number]

/** Asks an edge in each way. */
export interface EdgeWays extends AsyncDisposable {
  /** The codes of refusals that the sidecar reported. */
  readonly reported: readonly string[]
  readonly ask: (way: EdgeWay, request: EdgeRequest) => Promise<Response>
}

/** The path that clients ask for. */
export const PATH = '/approve'
const PROBLEM = { 'content-type': 'application/problem+json' }

/** An Express service and a sidecar in front of one route, on loopback. */
export async function edgeWays(
  edge: Edge,
  world: Pick<EdgeWorld, 'clock'>,
  policy: RoutePolicy = {},
): Promise<EdgeWays> {
  const service = createServer(express().use(PATH, edge.express(policy)))
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const reported: string[] = []
  const onRefusal: OnRefusal = ({ code }) => void reported.push(code)
  const sidecar = await serveHttp({ app: sidecarApp(edge, world, { onRefusal }).onPort })
  const { port } = service.address() as AddressInfo
  const proxied = (path: string, request: EdgeRequest): Promise<Response> =>
    fetch(new URL(`${path}?${queryOf(policy)}`, sidecar.url), { headers: forwarded(request) })
  const ways: Readonly<Record<EdgeWay, (request: EdgeRequest) => Promise<Response>>> = {
    middleware: (request) =>
      fetch(`http://127.0.0.1:${port}${PATH}`, { headers: headersOf(request) }),
    proxy: (request) => proxied('/authz/generic', request),
    nginx: async (request) => unpacked(await proxied('/authz/nginx', request)),
    check: async (request) => {
      const body = JSON.stringify(questionOf(request, policy))
      const headers = { 'content-type': 'application/json' }
      return decided(
        await fetch(new URL('/v1/check', sidecar.url), { method: 'POST', headers, body }),
      )
    },
  }
  return {
    reported,
    ask: (way, request) => ways[way](request),
    async [Symbol.asyncDispose]() {
      await sidecar.close()
      service.close()
      service.closeAllConnections()
    },
  }
}

function headersOf({ token, scheme = 'Bearer', dpop }: EdgeRequest): Record<string, string> {
  return {
    ...(token !== undefined && { authorization: `${scheme} ${token}` }),
    ...(dpop !== undefined && { dpop }),
  }
}

function forwarded(request: EdgeRequest): Record<string, string> {
  const headers = ['forwarded', 'original'].flatMap((by) => [
    [`x-${by}-method`, 'GET'],
    [`x-${by}-uri`, PATH],
  ])
  return { ...headersOf(request), ...Object.fromEntries(headers) }
}

function queryOf({ require = {}, risk = 'normal' }: RoutePolicy): string {
  const query = new URLSearchParams({ risk })
  for (const [claim, values] of Object.entries(require))
    for (const value of values) query.append(`require.${claim}`, value)
  return query.toString()
}

function questionOf({ token = '', ...proof }: EdgeRequest, policy: RoutePolicy): object {
  return { token, ...proof, ...policy, method: 'GET', url: PATH }
}

/** nginx knows 401 and 403 alone, and reads the rest from headers. */
function unpacked({ status, headers }: Response): Response {
  const original = Number(headers.get('x-freshet-status'))
  if (status !== (original === 401 ? 401 : 403))
    throw new Error(`nginx got ${status} for ${original}`)
  return new Response(headers.get('x-freshet-problem'), { status: original, headers: PROBLEM })
}

/** The status and the code that a service answers with, as `/v1/check` names them. */
async function decided(answer: Response): Promise<Response> {
  const { status, code } = (await answer.json()) as { status: number; code: string }
  const type = `https://freshet.dev/problems/${code}`
  return new Response(JSON.stringify({ status, code, type }), { status, headers: PROBLEM })
}

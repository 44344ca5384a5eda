import { generateKey, importJwks, importSigningKey } from '@freshet/wire'
import type { MemoryDatabase } from '@freshet/memory'
import { randomId, serveHttp, type HttpServer } from '@freshet/runtime'
import type { ConsoleParts } from '../../services/console/src/console-parts.ts'
import { sendOrderTo } from '../../services/console/src/orders/send-order.ts'
import { vouchBy } from '../../services/console/src/orders/vouch.ts'
import { gatewayWorld, URL_OF_GATEWAY } from '../gateway/gateway-world.ts'

/** A gateway on loopback that lets one console sign orders of operators. */
export interface VouchedGateway {
  /** Starts it over the database of that console. Returns the functions by which the console sends orders. */
  orders(database: MemoryDatabase): Promise<Pick<ConsoleParts, 'sendOrder' | 'canVouch'>>
  close(): Promise<void>
}

/** Returns a gateway that listens once a console sends a request. */
export function vouchedGateway(): VouchedGateway {
  let server: HttpServer | undefined
  return {
    async orders(database) {
      const { privateJwk, publicJwk } = await generateKey('EdDSA', 'vouchers-1')
      const key = importSigningKey(privateJwk)
      const published = importJwks({ keys: [publicJwk] })
      const consoles = [{ name: 'console', role: 'operator', keys: () => published } as const]
      const { app, clock } = await gatewayWorld({ database, consoles })
      server = await serveHttp({ app })
      const to = { console: 'console', audience: URL_OF_GATEWAY, clock, randomId }
      return {
        sendOrder: sendOrderTo(server.url, vouchBy({ ...to, keys: () => [key] })),
        canVouch: true,
      }
    },
    close: async () => server?.close(),
  }
}

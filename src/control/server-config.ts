/** What a server is told before it starts. */
import type { UpdateSettings } from '../config/update-settings.ts';
import type { GeoFileNames } from '../feeds/geo/geo-files.ts';
import type { ForcedState } from '../steering/model.ts';
import type { SecondaryPolicy } from '../transfer/incoming/messages.ts';
import type { TransferPolicy } from '../transfer/messages.ts';
import type { Listener } from '../transport/socket-address.ts';
import type { PacketConfig } from './packet-workers.ts';
import type { TlsFileNames } from './tls-files.ts';
import type { DnssecConfig } from './zone-signing.ts';

export interface ServerConfig {
  readonly zones: string;
  readonly stateDir: string;
  readonly listen: readonly Listener[];
  /** `auto` takes batched where it can be had. */
  readonly transport: 'auto' | 'batched' | 'dgram';
  readonly packet: Omit<PacketConfig, 'responder'> & {
    readonly responder: Omit<PacketConfig['responder'], 'seed' | 'dnssec'>;
  };
  /** Reload when files change, after so many milliseconds of quiet. */
  readonly watch: { readonly settle: number } | undefined;
  /** Databases that say where clients are. */
  readonly geo: GeoFileNames;
  /** Whether checks may run programs; milliseconds `/readyz` waits for the first round. */
  readonly health: { readonly exec: boolean; readonly firstRound: number };
  /** Zones that are signed. */
  readonly dnssec: DnssecConfig;
  /** Forced states of the settings. */
  readonly states: Readonly<Record<string, ForcedState>>;
  /** What DNS over TLS and HTTPS are served with; undefined when neither is (`packet.secure`). */
  readonly tls?: TlsFileNames;
  /** DNS cookies; none without it. */
  readonly cookies?: { readonly required: boolean; readonly secretFile: string | undefined };
  /** What is transferred; undefined for nothing. */
  readonly transfer?: TransferPolicy;
  /** Zones from other servers; undefined for none. */
  readonly secondary?: SecondaryPolicy;
  /** Who may update what; undefined for nobody. */
  readonly update?: UpdateSettings;
}

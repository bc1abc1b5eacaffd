import type { Settings } from "../config/settings.ts";
import type { Lsps2Service } from "../ffi/config.ts";
import { msat, sat, satToMsat } from "../stable/units.ts";

/** Below this the channel it would open is too small for LDK's reserve, anchors and commitment fee at 2,500 sat/kw. */
const SMALLEST_PAYMENT_SAT = 6_000n;

/** What our LSP offers (bLIP-52): it puts as much into a new channel as the user's first payment brings. */
export function lsps2Service(settings: Settings): Lsps2Service {
  return {
    advertiseService: true,
    channelOpeningFeePpm: settings["opening-fee-ppm"] ?? 0,
    minChannelOpeningFeeMsat: satToMsat(sat(BigInt(settings["opening-fee-min"] ?? 0))),
    channelOverProvisioningPpm: 1_000_000,
    minChannelLifetime: 100,
    maxClientToSelfDelay: 1024,
    minPaymentSizeMsat: satToMsat(sat(SMALLEST_PAYMENT_SAT)),
    maxPaymentSizeMsat: msat(100_000_000_000n),
    clientTrustsLsp: true,
  };
}

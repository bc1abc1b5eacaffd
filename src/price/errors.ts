import { CodedError } from "../errors.ts";

/** The price layer's error: `bad_argument` for what was typed or configured, `price_not_settable`, `no_price`. */
export class PriceError extends CodedError {}

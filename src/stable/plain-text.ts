/** Printable ASCII without the quotation mark and the backslash: text that needs no escape in JSON. */
export const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

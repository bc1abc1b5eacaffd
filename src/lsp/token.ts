/** What an LSP takes for a token (bLIP-52 leaves the form open): what a person can copy and a header can carry. */
export const tokenForm = /^[!-~]{4,128}$/;
export const TOKEN_FORM_IN_WORDS = "4 to 128 printable ASCII characters without spaces";

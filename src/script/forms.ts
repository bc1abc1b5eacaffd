/** The lines that are neither a command nor a verb of a table: they hold a whole command. */

export const LET_USAGE = "let NAME = ROLE COMMAND... PATH";
export const EXPECT_USAGE = "expect ROLE COMMAND... PATH OP VALUE";

export const forms = [
  {
    name: "let",
    usage: LET_USAGE,
    summary: "keep a value of a result; later lines write it as $NAME",
    notes: ["PATH leads into the result, as .channels[0].channel_id does."],
  },
  {
    name: "expect",
    usage: EXPECT_USAGE,
    summary: "fail unless a value of a result is as said",
    notes: ["OP is one of == != < <= > >= ~. Numbers are compared exactly, ~ matches a regular expression."],
  },
] as const;

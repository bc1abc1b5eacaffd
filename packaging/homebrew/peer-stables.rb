# `bun run release -- pack` fills in version and checksum and writes dist/homebrew/peer-stables.rb.
# The project's checks run on Linux without Homebrew and never ran this. On a Mac, before it goes out:
#   brew install --build-from-source dist/homebrew/peer-stables.rb && brew test peer-stables && brew audit --strict peer-stables
class PeerStables < Formula
  desc "Dollars you hold yourself, over Lightning, in a terminal"
  homepage "https://www.npmjs.com/package/peer-stables"
  url "https://registry.npmjs.org/peer-stables/-/peer-stables-@VERSION@.tgz"
  sha256 "@SHA256@"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "node" => :build

  def install
    # Bun and the native library of the platform are optional dependencies, which npm fetches and checks.
    system "npm", "install", *std_npm_args
    bin.install_symlink libexec/"bin/peer-stables"
    generate_completions_from_executable(bin/"peer-stables", "completions")
    (man1/"peer-stables.1").write Utils.safe_popen_read(bin/"peer-stables", "manual")
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/peer-stables --version")
    assert_match "onchain", shell_output("#{bin}/peer-stables demo -- user balance")
  end
end

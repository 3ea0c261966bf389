# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pkg_global_optspecs
    string join \n color= q/quiet h/help V/version
end

function __fish_pkg_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pkg_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pkg_using_subcommand
    set -l cmd (__fish_pkg_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pkg -n "__fish_pkg_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_needs_command" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_needs_command" -s V -l version -d 'Print version'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "init" -d 'Start a product: descriptions, keys, a keyring and a CI file'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "new" -d 'Write the description of the next release, notice or withdrawal'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "check" -d 'Find every fault of a release description, without keys and images'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "build" -d 'Build the packages of a release description'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "delta" -d 'Make delta packages for a release that is already signed'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "sign" -d 'Add a signature to packages'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "verify" -d 'Verify packages: signatures, rules and every byte'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "inspect" -d 'Show what is in a package'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "advisory" -d 'Write the advisory of a package as text, HTML, CSAF or OpenVEX'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "site" -d 'Write the web site of all advisories: a CSAF provider, OpenVEX, pages and feeds'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "diff" -d 'Show what changed between two packages, down to the files in their images'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "unpack" -d 'Unpack a verified package into a folder'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "apply" -d 'Write the images of a verified package'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "decide" -d 'Decide what a device should do now, and say why'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "records" -d 'Check the hash chain of decision records'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "audit" -d 'Audit all releases of a product: are security updates kept apart from features?'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "plan" -d 'Plan what is owed before it is late: releases and notices, with their numbers'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "farm" -d 'Make the deltas of a release on many machines'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "publish" -d 'Publish packages in a repository'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "fetch" -d 'Ask a repository what is new, and download what is needed'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "repository" -d 'Start, show, check, refresh and mirror repositories'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "patch" -d 'Make, apply and show delta patches between plain files'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "key" -d 'Make and show keys'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "schema" -d 'Print what may be written in a file: a JSON Schema for editors, or a reference'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "man" -d 'Write the man pages'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "completions" -d 'Write completions for a shell'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "explain" -d 'Explain a rule: what it means, why it exists and what to do'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "help" -d 'Explain exit statuses, roles, classes and other topics'
complete -c pkg -n "__fish_pkg_needs_command" -f -a "keyring" -d 'Make, change, sign and show keyrings'
complete -c pkg -n "__fish_pkg_using_subcommand init" -l name -d 'The name of the product [default: the name of the folder]' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l vendor -d 'Who makes it' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l hardware -d 'A hardware revision that the images run on, as devices state it (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l image -d 'An image: its component and its file (repeatable) [default component: rootfs]' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l support-until -d 'The last month with security updates, such as 2036-12' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l contact -d 'Where vulnerabilities are reported: a mail or web address' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l text -d 'What the product does, in one sentence for its users' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l lang -d 'The language of that sentence' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l version -d 'The version of the first release' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l line -d 'The line that the first release begins [default: the version without its last part]' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l ci -d 'Write a CI file that builds, signs, audits and publishes releases (repeatable)' -r -f -a "github\t'GitHub Actions'
gitlab\t'GitLab CI'"
complete -c pkg -n "__fish_pkg_using_subcommand init" -l passphrase-file -d 'Read the passphrase from the first line of a file, or of file descriptor N (fd:N)' -r
complete -c pkg -n "__fish_pkg_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand init" -l no-passphrase -d 'Do not encrypt the private keys'
complete -c pkg -n "__fish_pkg_using_subcommand init" -l no-input -d 'Ask nothing, even on a terminal'
complete -c pkg -n "__fish_pkg_using_subcommand init" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand init" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand new" -l from -d 'The last release: its full package, or its description after it was built to the folder out/ next to it' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand new" -l repository -d 'Read all packages from a repository: a folder or an address' -r
complete -c pkg -n "__fish_pkg_using_subcommand new" -l product -d 'The product in the repository, such as acme/cam-x1 [default: that of the description]' -r
complete -c pkg -n "__fish_pkg_using_subcommand new" -l fix -d 'A vulnerability that it is about (repeatable); what another release says of it is copied' -r
complete -c pkg -n "__fish_pkg_using_subcommand new" -l input-root -d 'Another folder that a description in --from names files in (repeatable)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand new" -s o -l out -d 'The description to write [default: the version or id, in the folder of product.toml]' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand new" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand new" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand new" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand new" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand new" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand check" -l input-root -d 'Another folder that the description may name files in (repeatable)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand check" -l keyring -d 'The keyring to verify earlier packages with; without it, what they say is taken for true' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand check" -l repository -d 'Find earlier packages in a repository: a folder or an address' -r
complete -c pkg -n "__fish_pkg_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand check" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand check" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand check" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand build" -s o -l out -d 'The output folder; it is created if it does not exist' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand build" -l input-root -d 'Another folder that the description may name files in (repeatable)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand build" -l key -d 'Sign with this key: a file, pkcs11:… or exec:PROGRAM (repeatable); overrides `signing.keys`' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l delivery-key -d 'Sign the delivery with this key; without this option every --key signs it' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l keyring -d 'The keyring to verify earlier packages and the new ones with' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand build" -l audit -d 'Audit the packages in a folder together with the new one before anything is signed (repeatable)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand build" -l repository -d 'Find earlier packages in a repository: a folder or an address' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l level -d 'Compression level, of full packages and of deltas' -r -f -a "fast\t'Fastest, for everyday builds'
default\t'For releases'
small\t'Slowest and smallest, for releases to large fleets'"
complete -c pkg -n "__fish_pkg_using_subcommand build" -l max-memory -d 'Memory limit for making a delta, such as 512M or 2G; a lower limit makes larger deltas' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l max-decode-memory -d 'Memory that devices have to decode one chunk, such as 3M; below 8M, deltas can get larger, and one that cannot be decoded in it is discarded' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand build" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand build" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand build" -l dry-run -d 'Only look for faults, and say what would be built: needs no key and no image'
complete -c pkg -n "__fish_pkg_using_subcommand build" -l strict-separation -d 'Refuse a security release if a file changed that no fix touches'
complete -c pkg -n "__fish_pkg_using_subcommand build" -l replace -d 'Replace a different package of the same release; an unsigned package never replaces a signed one'
complete -c pkg -n "__fish_pkg_using_subcommand build" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand build" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand build" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand build" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand build" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l base -d 'The full package of a release that devices run (repeatable)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l key -d 'Sign the deliveries with this key (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -s o -l out -d 'The output folder; it is created if it does not exist' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l keyring -d 'The keyring to verify the package, the bases and the new deltas with; without one, only packages signed by the keys given with --key are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l level -d 'Compression level, of full packages and of deltas' -r -f -a "fast\t'Fastest, for everyday builds'
default\t'For releases'
small\t'Slowest and smallest, for releases to large fleets'"
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l max-memory -d 'Memory limit for making a delta, such as 512M or 2G; a lower limit makes larger deltas' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l max-decode-memory -d 'Memory that devices have to decode one chunk, such as 3M; below 8M, deltas can get larger, and one that cannot be decoded in it is discarded' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l replace -d 'Replace a different package of the same release; an unsigned package never replaces a signed one'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand delta" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l key -d 'The key to sign with: a file, pkcs11:… or exec:PROGRAM' -r
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l keyring -d 'Refuse a key that has no role for this statement in this keyring' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l request -d 'For offline signing: write the bytes to sign to FILE, and a description of them to FILE.txt' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l attach -d 'Attach a signature that was made offline: raw, hex or base64' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l public -d 'The public half of the key that signs offline' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -s o -l out -d 'Write the signed package here instead of in place' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l delivery -d 'Sign the delivery instead of the manifest'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l replace -d 'Replace the file given with --out if it exists'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l state -d 'Also check applicability and rollback for a device in this state' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l max-decode-memory -d 'Refuse packages that need more memory than this to decode one chunk, such as 16M' -r
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l jobs -d 'Number of hashing threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l refuse-testing -d 'Refuse releases of the testing channel'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l statements-only -d 'Check only the statements; do not read payloads'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l keyring -d 'The keyring that says which keys are trusted; without one nothing is verified' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l lang -d 'The language of the texts, such as de' -r
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l whole -d 'Also check every byte, as `pkg verify` does; without this option only the statements are read'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l contents -d 'Also decode the images and say what they are: a file system, or a bundle of RAUC, SWUpdate, Mender or MCUboot'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l lang -d 'The language of the texts [default: English, or else the first one in the package]' -r
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l known -d 'A package of the product or a folder of packages: names the versions that the manifest refers to by digest (repeatable)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l namespace -d 'The maker\'s web address, for CSAF and OpenVEX [default: the host of the contact, if it is an https URL]' -r
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l url -d 'The web folder where the document is published [default: the path that CSAF prescribes below the namespace]' -r
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l score -d 'A CVSS 3.1 vector for a vulnerability that has none in the manifest; the CSAF document says where it comes from (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l previous -d 'The document as it was last published, for CSAF and OpenVEX: if the content changed, this one becomes the next version; otherwise the version stays' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -s o -l out -d 'Write to this file instead of stdout; in a folder (created for DIR/) the file gets the name that CSAF prescribes' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l csaf -d 'Write CSAF 2.0'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l openvex -d 'Write OpenVEX 0.2.0'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l text -d 'Write plain text'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l html -d 'Write a self-contained HTML page without scripts'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l unverified -d 'Do not check signatures; the document says so, and CSAF gets the status draft'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand advisory" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand site" -l repository -d 'Read the packages that a repository lists: a folder or an address' -r
complete -c pkg -n "__fish_pkg_using_subcommand site" -l product -d 'The product in the repository, such as acme/cam-x1 [default: all of a folder]' -r
complete -c pkg -n "__fish_pkg_using_subcommand site" -l earlier-head -d 'The head of an earlier audit: a log that does not go on from it fails' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand site" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand site" -l url -d 'The web address of the folder that holds the site' -r
complete -c pkg -n "__fish_pkg_using_subcommand site" -l namespace -d 'The maker\'s web address, for CSAF and OpenVEX [default: the host of --url]' -r
complete -c pkg -n "__fish_pkg_using_subcommand site" -l score -d 'A CVSS 3.1 vector for a vulnerability that has none in its manifest (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand site" -l openpgp -d 'The OpenPGP key that signs the documents: its fingerprint, and where the public key is published' -r
complete -c pkg -n "__fish_pkg_using_subcommand site" -l expires -d 'When security.txt expires [default: 360 days from now]' -r
complete -c pkg -n "__fish_pkg_using_subcommand site" -l main-domain -d 'Write what belongs at the root of the main domain, .well-known/, into this folder' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand site" -s o -l out -d 'The folder of the site; documents that are there already get their next version where they change' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand site" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand site" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand site" -l json -d 'Print JSON: what was written and changed'
complete -c pkg -n "__fish_pkg_using_subcommand site" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand site" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l keyring -d 'The keyring that says which keys are trusted; without one nothing is verified' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l base -d 'The base image of a delta in NEW, unless it is in OLD (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l old-base -d 'The base image of a delta in OLD (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l lines -d 'How many files to list for each image; --json lists all' -r
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand diff" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand diff" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -s o -l out -d 'The folder to create; it must not exist, or it must be empty' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand unpack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l image -d 'Where to write the image of a component: a file or a block device (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l base -d 'The installed image of a component, which a delta starts from: a file or a block device (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l state -d 'Refuse the package unless it fits a device in this state' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l journal -d 'Where to record progress, so that an interrupted run can resume [default: next to the first image that is a file; if all images are block devices, there is none and a new run starts over]' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l max-decode-memory -d 'Refuse packages that need more memory than this to decode one chunk, such as 16M' -r
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l in-place -d 'Write into existing files, as into block devices, instead of replacing them'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -l refuse-testing -d 'Refuse releases of the testing channel'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l state -d 'The state of the device' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l answer -d 'Report the outcome of an earlier decision and save it in the state file (repeatable): notified, download, approve, postpone, decline or installed, each with =MANIFEST; or opt-out or opt-in' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l answer-id -d 'An id for these answers: if the client repeats the command with the same id, they count once' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l record -d 'Append the decision to this file of records' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l now -d 'The time of a trusted clock, in unix seconds or like 2026-12-01T09:00:00Z [default: `now` in the state file, or no clock]' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l elapsed -d 'Seconds since the state file was written, counted by a monotonic clock' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l lang -d 'The language of the notice [default: `language` in the state file]' -r
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l save -d 'Save elapsed time and withdrawals in the state file, even without an answer'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l no-clock -d 'There is no trusted clock'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand decide" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand records" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand records" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand records" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand records" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l repository -d 'Read the packages that a repository lists: a folder or an address' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l product -d 'The product in the repository, such as acme/cam-x1 [default: all of a folder]' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l earlier-head -d 'The head of an earlier audit: a log that does not go on from it fails' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l history -d 'A declaration (not signed) of the releases that were shipped before packages' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l fix-limit -d 'How long after it is known a vulnerability of a severity may go without a fix, like critical=14d (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l at -d 'Look at everything as of this time: a date or unix seconds [default: SOURCE_DATE_EPOCH, or now]' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l records -d 'Decision records of devices; their hash chains are checked' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l lag-limit -d 'How much later some users may get a fix than others' -r
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l format -d 'Format of the report' -r -f -a "text\t'Text for a terminal'
json\t'JSON for programs'
markdown\t'Markdown for a wiki or a ticket'
html\t'A self-contained page with a drawing of the release graph'"
complete -c pkg -n "__fish_pkg_using_subcommand audit" -s o -l out -d 'Write the report to a file' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l ignore-acknowledgements -d 'Show what acknowledgements cover as failures'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l whole -d 'Check every byte of the packages, not only the statements'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -l json -d 'Print JSON: the same as --format json'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l repository -d 'Read the packages that a repository lists: a folder or an address' -r
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l product -d 'The product in the repository, such as acme/cam-x1 [default: all of a folder]' -r
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l earlier-head -d 'The head of an earlier audit: a log that does not go on from it fails' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l history -d 'A declaration (not signed) of the releases that were shipped before packages' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l fix-limit -d 'How long after it is known a vulnerability of a severity may go without a fix, like critical=14d (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l at -d 'Look at everything as of this time: a date or unix seconds [default: SOURCE_DATE_EPOCH, or now]' -r
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l fix -d 'Plan for this vulnerability alone' -r
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l write -d 'Write a description of each owed release and notice to this folder, to be completed' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand plan" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand plan" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and not __fish_seen_subcommand_from plan run" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand farm; and not __fish_seen_subcommand_from plan run" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and not __fish_seen_subcommand_from plan run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and not __fish_seen_subcommand_from plan run" -f -a "plan" -d 'Plan the deltas that a release needs: one task for each base'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and not __fish_seen_subcommand_from plan run" -f -a "run" -d 'Make the delta of one task, and upload it'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l repository -d 'The repository: a folder or an address' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l release -d 'The version of the release that devices are to be brought to' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l product -d 'The product, such as acme/cam-x1 [default: the only one in the repository]' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l channel -d 'Whom the releases are for' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l census -d 'How many devices run what: lines of a version or a state, a comma, and a number' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l least -d 'Leave out bases with fewer devices than this' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -s o -l out -d 'Write the plan to this file, for pkg farm run' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l task -d 'The number of the task [default: from the scheduler]' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l from -d 'The repository to read packages from [default: that of --to]' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l to -d 'The repository to upload to: a folder, or s3://BUCKET/PREFIX' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l key -d 'Sign the delivery with this key (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l level -d 'Compression level, of full packages and of deltas' -r -f -a "fast\t'Fastest, for everyday builds'
default\t'For releases'
small\t'Slowest and smallest, for releases to large fleets'"
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l max-memory -d 'Memory limit for making a delta, such as 512M or 2G; a lower limit makes larger deltas' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l max-decode-memory -d 'Memory that devices have to decode one chunk, such as 3M; below 8M, deltas can get larger, and one that cannot be decoded in it is discarded' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand farm; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l to -d 'The repository: a folder, or s3://BUCKET/PREFIX' -r
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l channel -d 'The channel of notices and withdrawals [default: each that the repository has]; releases name their own' -r
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l key -d 'Sign the head with this key: a file, pkcs11:… or exec:PROGRAM (repeatable); its role is catalogue' -r
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l dry-run -d 'Judge everything, but sign and write nothing'
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l stage -d 'Write the packages and name them nowhere: the same command without --stage publishes them later'
complete -c pkg -n "__fish_pkg_using_subcommand publish" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand publish" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand publish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l product -d 'The product, such as acme/cam-x1 [default: the only one in the repository]' -r
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l channel -d 'Whom the releases are for' -r
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l id -d 'The id of the repository, so that no other one is believed [default: the one of the head that --seen knows]' -r
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l state -d 'Fetch what this device needs; without it, everything that is offered' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l seen -d 'Remember the newest head in this file: an older one never replaces it' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -s o -l out -d 'The folder for the packages; without it nothing is downloaded' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l max-decode-memory -d 'Refuse packages that need more memory than this to decode one chunk, such as 16M' -r
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l refuse-testing -d 'Refuse releases of the testing channel'
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -f -a "new" -d 'Start the log of a product and channel in a folder'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -f -a "show" -d 'Show what a repository offers'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -f -a "check" -d 'Read everything that a repository should have, and compare it'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -f -a "refresh" -d 'Sign a new head for the same packages, so that devices know that nothing is withheld'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -f -a "recover" -d 'Continue a log whose catalogue key was stolen, from a head that you know, with a new key'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and not __fish_seen_subcommand_from new show check refresh recover mirror" -f -a "mirror" -d 'Copy a log and everything that it names; run it again to bring the copy up to date'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l product -d 'The product, such as acme/cam-x1' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l channel -d 'Whom the releases are for' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l id -d 'The id of the repository, which devices are given [default: VENDOR-updates]' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l max-age -d 'How long devices wait for a newer head before they say that updates may be withheld' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l key -d 'Sign the head with this key: a file, pkcs11:… or exec:PROGRAM (repeatable); its role is catalogue' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l dry-run -d 'Judge everything, but sign and write nothing'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from show" -l product -d 'The product, such as acme/cam-x1 [default: the only one in the repository]' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from show" -l channel -d 'Whom the releases are for' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from show" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from show" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -l product -d 'The product, such as acme/cam-x1 [default: the only one in the repository]' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -l channel -d 'Whom the releases are for' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l product -d 'The product, such as acme/cam-x1 [default: the only one in the repository]' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l channel -d 'Whom the releases are for' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l max-age -d 'How long devices wait for a newer head [default: as before]' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l key -d 'Sign the head with this key: a file, pkcs11:… or exec:PROGRAM (repeatable); its role is catalogue' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l dry-run -d 'Judge everything, but sign and write nothing'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from refresh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l product -d 'The product, such as acme/cam-x1 [default: the only one in the repository]' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l channel -d 'Whom the releases are for' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l from -d 'The last head that is yours: its digest, as pkg publish printed it; its file; or the address of a mirror' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l max-age -d 'How long devices wait for a newer head [default: as before]' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l key -d 'Sign the head with this key: a file, pkcs11:… or exec:PROGRAM (repeatable); its role is catalogue' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l leave-out -d 'Continue although packages are missing, or refused by the keyring: no device is offered them'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l dry-run -d 'Judge everything, but sign and write nothing'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from recover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -l product -d 'The product, such as acme/cam-x1 [default: the only one in the repository]' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -l channel -d 'Whom the releases are for' -r
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -l keyring -d 'The keyring that says which keys are trusted' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand repository; and __fish_seen_subcommand_from mirror" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -f -a "make" -d 'Make a patch that turns one file into another'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -f -a "apply" -d 'Rebuild the new file from the old file and a patch'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and not __fish_seen_subcommand_from make apply info" -f -a "info" -d 'Show the header of a patch and, given the old file, what each part of the new one costs'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -s o -l out -d 'The patch to write' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l level -d 'Compression level, of full packages and of deltas' -r -f -a "fast\t'Fastest, for everyday builds'
default\t'For releases'
small\t'Slowest and smallest, for releases to large fleets'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l max-memory -d 'Memory limit for making a delta, such as 512M or 2G; a lower limit makes larger deltas' -r
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l max-decode-memory -d 'Memory that devices have to apply the patch, such as 3M; a lower limit can make a larger patch' -r
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from make" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -s o -l out -d 'Where to write the new file; may be OLD' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -l jobs -d 'Number of worker threads [default: number of cores]' -r
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -l progress -d 'How to show progress' -r -f -a "auto\t'A bar on a terminal, otherwise nothing'
plain\t'Lines of text'
json\t'Lines of JSON'
none\t'No progress'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from info" -l old -d 'The old file; shows what each part of the new file costs in the patch' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from info" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from info" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from info" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand patch; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -f -a "new" -d 'Make a key: PATH.key and PATH.pub'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -f -a "show" -d 'Show the ids of public or private keys'
complete -c pkg -n "__fish_pkg_using_subcommand key; and not __fish_seen_subcommand_from new show rewrap" -f -a "rewrap" -d 'Re-encrypt a key file with a stronger key derivation'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -l alg -d 'The algorithm: ed25519, or ml-dsa-65 for additional post-quantum signatures' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -l passphrase-file -d 'Read the passphrase from the first line of a file, or of file descriptor N (fd:N)' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -l no-passphrase -d 'Do not encrypt the private key'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l pem -d 'Print the public keys as PEM, for --add and --root'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -l new-passphrase-file -d 'Read the new passphrase from the first line of a file, or of file descriptor N (fd:N)' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand key; and __fish_seen_subcommand_from rewrap" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand schema" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand schema" -l markdown -d 'Print a page of the reference instead: every key with its type, default, example and rules'
complete -c pkg -n "__fish_pkg_using_subcommand schema" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand man" -s o -l out -d 'Write a page for each command into this folder, instead of pkg(1) to stdout' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand man" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand completions" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand explain" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand explain" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand explain" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand help" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from sign update show new edit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from sign update show new edit" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from sign update show new edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from sign update show new edit" -f -a "sign" -d 'Sign a keyring with a root key of this version or of the previous one'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from sign update show new edit" -f -a "update" -d 'Update the keyring in force to newer versions, as a device does'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from sign update show new edit" -f -a "show" -d 'Show the keys and what each may sign'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from sign update show new edit" -f -a "new" -d 'Make a keyring'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and not __fish_seen_subcommand_from sign update show new edit" -f -a "edit" -d 'Make the next version of a keyring; the file keeps the earlier versions'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l key -d 'The root key to sign with (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l request -d 'For offline signing: write the bytes to sign to FILE, and a description of them to FILE.txt' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l attach -d 'Attach a signature that was made offline: raw, hex or base64' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l public -d 'The public half of the key that signs offline' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -s o -l out -d 'The keyring to write; may be CURRENT' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -l danger-allow-example-keys -d 'Accept example keys, whose private halves are public; for trials only'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l name -d 'The name of the keyring [default: the file name]' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l root -d 'Add a root key, which signs keyrings (repeatable)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l threshold -d 'How many Ed25519 root keys must sign a keyring [default: 1, or unchanged]' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l bind -d 'Limit a key, given by file, key id or label, to a product, a channel or a scope (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l sign -d 'Sign the keyring with these root keys' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -s o -l out -d 'The keyring to write' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l add -d 'Add a key with its roles: security, feature, notice, withdrawal, delivery, catalogue (repeatable)' -r -f -a "security=\t''
feature=\t''
notice=\t''
withdrawal=\t''
delivery=\t''
catalogue=\t''"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l role-threshold -d 'How many Ed25519 keys of a role must sign; ROLE may also be security-exception' -r -f -a "security=\t''
feature=\t''
notice=\t''
withdrawal=\t''
delivery=\t''
catalogue=\t''
security-exception=\t''"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l post-quantum -d 'How many ML-DSA-65 keys of a role must sign as well (0: none); ROLE may also be root or security-exception' -r -f -a "security=\t''
feature=\t''
notice=\t''
withdrawal=\t''
delivery=\t''
catalogue=\t''
security-exception=\t''
root=\t''"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l replace -d 'Replace the file given with --out if it exists'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l root -d 'Add a root key, which signs keyrings (repeatable)' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l threshold -d 'How many Ed25519 root keys must sign a keyring [default: 1, or unchanged]' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l bind -d 'Limit a key, given by file, key id or label, to a product, a channel or a scope (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l remove -d 'Remove a key with all its roles: give its file, key id or label (repeatable)' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l remove-root -d 'Remove a root key' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l revoke -d 'Revoke a key for ever: its signatures no longer count, not even earlier ones' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l heads -d 'All your releases and withdrawals (packages or folders of packages): with them, devices that run a release signed by a revoked key can return to the newest release of their line' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l sign -d 'Sign the keyring with these root keys, of this version or of the previous one' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -s o -l out -d 'The keyring to write; may be FILE' -r -F
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l passphrase-file -d 'Read the passphrase or PIN from the first line of a file, or of file descriptor N (fd:N); give it once for all keys, or once for each key in the same order' -r
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l add -d 'Add a key with its roles: security, feature, notice, withdrawal, delivery, catalogue (repeatable)' -r -f -a "security=\t''
feature=\t''
notice=\t''
withdrawal=\t''
delivery=\t''
catalogue=\t''"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l role-threshold -d 'How many Ed25519 keys of a role must sign; ROLE may also be security-exception' -r -f -a "security=\t''
feature=\t''
notice=\t''
withdrawal=\t''
delivery=\t''
catalogue=\t''
security-exception=\t''"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l post-quantum -d 'How many ML-DSA-65 keys of a role must sign as well (0: none); ROLE may also be root or security-exception' -r -f -a "security=\t''
feature=\t''
notice=\t''
withdrawal=\t''
delivery=\t''
catalogue=\t''
security-exception=\t''
root=\t''"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l replace -d 'Replace the file given with --out if it exists'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -l danger-readable-key -d 'Use a key file even if others can read or replace it and so could sign as you'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -s q -l quiet -d 'Print results, warnings and errors only: no hints, and no reports of what was done'
complete -c pkg -n "__fish_pkg_using_subcommand keyring; and __fish_seen_subcommand_from edit" -s h -l help -d 'Print help (see more with \'--help\')'

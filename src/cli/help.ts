import { _ } from '../io/text.js';

export function helpText(): string {
  return _(`Usage: escctl COMMAND [OPTION]…

Commands
  list             the cards that are in
  info             everything about one card
  certificates     the certificates of one card
  certificates export   writes certificates to a file or standard output
  enroll           puts keys and certificates on a card; a blank card is formatted first
  format           erases a card and prepares it for enrollment
  reset-password   sets a new card password
  test-card        lets each key of a card sign or decrypt, and checks the result
  change-password  changes the card password by the present one, without a server
  phone-home show  what is known of the issuer of a card; with --all of every remembered card
  phone-home test  what a URL tells, without keeping it
  phone-home set   keeps a URL for a card, or with --all for every card that names none
  phone-home clear  forgets what is remembered of a card, or with --all of every card
  register-module  makes browsers and mail programs use the card
  trust            has them trust the certification authority that issued it
  trust-server     shows the certificate of the server at a URL and trusts its issuer after a question, or at once
                   with --yes; with --list shows what is trusted; with --remove and a fingerprint takes it back
  diagnostics      versions, readers and all about the cards, for help desks

Which card (not needed when only one is in)
  --reader NAME    the card in this reader
  --cuid CUID      the card with this number, 20 hexadecimal digits

Operations
  --tps URL             the server, such as https://pki.example.com:8443/tps/tps
  --token-type TYPE     the profile on the server
  --user NAME           the user name for the server
  --password-file FILE  holds the password for the server
  --pin-file FILE       holds the new card password; for test-card and change-password the present one
  --new-pin-file FILE   holds the new card password for change-password
                        “-” is standard input; for two files: its first line, then its second
                        what is not given is asked for on the terminal, passwords without echo
  --ca FILE             certificates (PEM) of issuers of servers, trusted for this one run
  --allow-http          passwords may go to a server without encryption
  --progress WHAT       bar, json (a line for each step on standard error), or none

Export
  --format FORMAT  pem, which is the default, or der
  --output FILE    standard output unless given
  --label LABEL    the certificate of this name; unless given, all of them (pem)

Browsers and mail programs
  --list           shows the modules (PKCS #11) and who uses them, and changes nothing
  --folder DIR     the folder of the profile
  --all            every profile that can be set up
  --p11-kit        programs that use p11-kit
  --module PATH    the module to use, or with --remove to use no longer
  --remove         takes it back
  --from PLACE     the CA certificate chain: an address or a file; without it the card's issuer tells
  --for WHAT       what to trust it for: web, mail, or web,mail
  --yes            does not ask; without it the fingerprints are shown first
  --password-file  holds the primary password of the profile

Diagnostics
  --check          tests pcscd, readers, cards, servers and modules one by one; the exit status is that of the first
                   that failed
  --log            adds what has happened

  --json           prints one JSON document on standard output, for a failure too
  --help, --version

Exit status
  0 done   1 refused by server or card   2 usage   3 no such card   4 reader, card or pcscd lost
  5 network or TLS   6 login refused   7 cancelled   8 card busy`);
}

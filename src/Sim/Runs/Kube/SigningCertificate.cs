using Sim.Core;
using Sim.Manifests;
using Sim.Runs.Scenario;

namespace Sim.Runs.Kube;

/// <summary>Says what istiod makes of a Secret <c>cacerts</c> at its next start.</summary>
/// <remarks>Istio: pilot/pkg/bootstrap/istio_ca.go#createIstioCA. The Secret is read when istiod starts, not before;
/// without <c>ca-key.pem</c> releases up to 1.26 sign with a certificate of their own, later ones do not start when
/// another of the four files is there. Certificates themselves are not read: the scenario's <c>trust</c> says who
/// trusts whom.</remarks>
internal static class SigningCertificate
{
    private static readonly string[] Files = ["ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem"];

    public static void Check(IEnumerable<KubeObject> objects, IstioProfile profile, DiagnosticBag diagnostics)
    {
        foreach (KubeObject o in objects)
        {
            if (o is not Secret { Name: "cacerts", Namespace: "istio-system" } secret)
            {
                continue;
            }

            List<string> lacking = Files.Where(f => !secret.Data.Contains(f)
                && !secret.StringData.Contains(f)).ToList();
            List<string> empty = Files.Where(f => !lacking.Contains(f) && ValueOf(secret, f).Length == 0).ToList();
            List<string> unread = secret.Data.Concat(secret.StringData).Select(static e => e.Key).Except(Files)
                .Where(static k => k != "ca-crl.pem").ToList();
            if (lacking.Count + empty.Count == 0)
            {
                continue;
            }

            string what = string.Join("; ", new[] { ("lacks", lacking), ("has empty", empty), ("has unread", unread) }
                .Where(static p => p.Item2.Count > 0).Select(static p => p.Item1 + " " + string.Join(", ", p.Item2)));
            bool isIgnored = lacking.Count == Files.Length
                || (profile == IstioProfile.V1_22 && lacking.Contains("ca-key.pem"));
            string then = isIgnored ? "at its next start istiod ignores it and signs with a certificate of its own"
                : "istiod does not start again: failed to create an istiod CA"
                    + (lacking.Count > 0 ? ": incomplete signing CA bundle detected" : "");
            diagnostics.Add(new Diagnostic(ScenarioCodes.SigningCertificate,
                isIgnored ? Severity.Warning : Severity.Error,
                $"Secret istio-system/cacerts {what}: no effect now; {then}", secret.Span,
                "ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem, none of them empty", secret.Resource));
        }
    }

    private static string ValueOf(Secret secret, string file) =>
        (secret.Data.Contains(file) ? secret.Data.Find(file) : secret.StringData.Find(file))?.Value ?? "";
}

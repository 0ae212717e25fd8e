using Sim.Core;
using Sim.Runs.Kube;
using Sim.Runs.Scenario;

namespace Sim.Tests.Runs.Kube;

/// <summary>kubectl lines as the lab and SREs write them.</summary>
internal sealed class KubectlLineTests
{
    private static readonly ScenarioDocument Document = ScenarioReader.Read("""
        apiVersion: meshsim/v1alpha1
        kind: Scenario
        spec: {clusters: [{name: us-east}, {name: eu-west}]}
        """, "s.yaml", ".", null, "", new DiagnosticBag())!;

    private static KubectlCommand? Parse(string line, out DiagnosticBag bag)
    {
        bag = new DiagnosticBag();
        return KubectlLine.Parse(Document, new Sourced<string>(line, new SourceSpan("s.yaml", 9, 3)), bag);
    }

    [TestCase("kubectl --context=us-east scale deployment transaction-service --replicas=0",
        "default/transaction-service=0")]
    [TestCase("kubectl --context us-east -n bank scale deploy/tx --replicas 3", "bank/tx=3")]
    [TestCase("kubectl scale --replicas=2 deployment/a deployment/b --context=us-east", "default/a=2 default/b=2")]
    public void Scale_is_read_in_every_order(string line, string expected)
    {
        KubectlCommand c = Parse(line, out DiagnosticBag bag)!;
        Assert.That(bag.Items, Is.Empty);
        Assert.That(c.Cluster, Is.EqualTo("us-east"));
        Assert.That(string.Join(' ', c.Changes.Cast<ScaleWorkload>().Select(static s =>
            $"{s.Namespace}/{s.Name}={s.Replicas}")), Is.EqualTo(expected));
    }

    [Test]
    public void Rollout_restart_takes_several_names() =>
        Assert.That(Parse("kubectl --context=us-east rollout restart deployment account-service tx", out _)!.Changes,
            Is.EqualTo((KubeChange[])
            [new RestartWorkload("default", "account-service"), new RestartWorkload("default", "tx")]));

    [Test]
    public void Label_adds_and_removes()
    {
        var c = (LabelObject)Parse("kubectl --context=us-east label namespace default istio-injection=enabled x- "
            + "--overwrite", out _)!.Changes.Single();
        Assert.That((c.Kind, c.Name, c.IsOverwriting), Is.EqualTo(("namespace", "default", true)));
        Assert.That(c.Labels, Is.EqualTo((KeyValuePair<string, string?>[])
            [new("istio-injection", "enabled"), new("x", null)]));
    }

    [Test]
    public void Here_document_is_the_input()
    {
        var c = (ApplyManifests)Parse("kubectl --context=us-east apply -f - <<EOF\nkind: X\nEOF\n", out _)!
            .Changes.Single();
        Assert.That(c.Text, Is.EqualTo("kind: X\n"));
    }

    [Test]
    public void Lines_that_only_look_change_nothing()
    {
        Assert.That(Parse("kubectl --context=us-east get pods -A -o wide", out DiagnosticBag bag)!.Changes, Is.Empty);
        Assert.That(bag.Items.Single().Severity, Is.EqualTo(Severity.Info));
        Assert.That(Parse("kubectl --context=us-east rollout status deployment/a", out _)!.Changes, Is.Empty);
    }

    [TestCase("scale deployment/a --replicas=1", "kubectl")]
    [TestCase("kubectl scale deployment/a --replicas=1", "no context")]
    [TestCase("kubectl --context=us-eats scale deployment/a --replicas=1", "did you mean \"us-east\"?")]
    [TestCase("kubectl --context=us-east scael deployment/a --replicas=1", "unknown here")]
    [TestCase("kubectl --context=us-east scael deployment/a", "did you mean \"scale\"?")]
    [TestCase("kubectl --context=us-east scale deployment/a", "replicas")]
    [TestCase("kubectl --context=us-east scale deployment/a --replicas=-1", "cannot be")]
    [TestCase("kubectl --context=us-east scale daemonset/a --replicas=1", "this is not done to a DaemonSet")]
    [TestCase("kubectl --context=us-east scale deployment --replicas=1", "no name")]
    [TestCase("kubectl --context=us-east apply -f nothing.yaml", "does not exist")]
    [TestCase("kubectl --context=us-east apply -f -", "here-document")]
    [TestCase("kubectl --context=us-east set env deployment/a a=b", "only image")]
    [TestCase("kubectl --context=us-east drain node", "is not carried out")]
    [TestCase("kubectl --context=us-east create quota x", "of kubectl create only")]
    [TestCase("kubectl", "no verb")]
    public void Lines_that_cannot_be_carried_out_are_errors(string line, string expected)
    {
        Assert.That(Parse(line, out DiagnosticBag bag), Is.Null);
        Assert.That(bag.Items.Single().ToString(), Does.StartWith("s.yaml:9: error MS3013").And.Contain(expected));
    }

    [Test]
    public void The_labs_first_exercise_gives_its_seven_pods_and_three_services()
    {
        var cluster = new LiveCluster(Document, Document.Clusters[0], IstioProfile.V1_29);
        var bag = new DiagnosticBag();
        cluster.Load([], bag);
        string[] lines =
        [
            "create deployment account-service --image=nginx --replicas=3",
            "create deployment transaction-service --image=httpd --replicas=2",
            "create deployment fraud-detection --image=nginx:alpine --replicas=2",
            "expose deployment account-service --port=80", "expose deployment transaction-service --port=80",
            "expose deployment fraud-detection --port=80",
            "label namespace default istio-injection=enabled",
            "rollout restart deployment account-service transaction-service fraud-detection",
        ];
        long at = 0;
        foreach (string line in lines)
        {
            foreach (KubeChange change in Parse("kubectl --context=us-east " + line, out _)!.Changes)
            {
                Assert.That(cluster.Apply(change, at += SimDuration.Second, bag).Held, Is.True, line);
            }
        }

        cluster.Advance(at + SimDuration.Hour);
        Assert.That(bag.Items.Where(static d => d.Severity == Severity.Error), Is.Empty);
        Assert.That(cluster.Pods.Where(static p => !p.IsGone), Has.Exactly(7).Matches<PodState>(static p =>
            p is { HasSidecar: true, IsReady: true }));
        Assert.That(cluster.LiveObjects().Of<Sim.Manifests.Service>().Select(static s => s.Name), Is.EqualTo((string[])
            ["account-service", "transaction-service", "fraud-detection"]));
        Assert.That(cluster.LiveObjects().Of<Sim.Manifests.EndpointSlice>().Select(static s =>
            s.Endpoints.Count(static e => e.Conditions!.Ready!.Value)), Is.EqualTo((int[])[3, 2, 2]));
    }
}

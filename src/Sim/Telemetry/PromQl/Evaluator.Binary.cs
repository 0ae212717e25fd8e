namespace Sim.Telemetry.PromQl;

/// <summary>Operators between two expressions.</summary>
/// <remarks>Prometheus: promql/engine.go#VectorBinop, #VectorscalarBinop, #VectorAnd, #VectorOr,
/// #VectorUnless.</remarks>
internal sealed partial class Evaluator
{
    private double ScalarOperation(BinaryExpression b, long timeMs)
    {
        double left = Scalar(b.Left, timeMs);
        double right = Scalar(b.Right, timeMs);
        return TypeChecker.IsComparison(b.Operator)
            ? Holds(b.Operator, left, right) ? 1 : 0
            : Arithmetic(b.Operator, left, right);
    }

    private static double Arithmetic(TokenKind op, double left, double right) => op switch
    {
        TokenKind.Add => left + right,
        TokenKind.Subtract => left - right,
        TokenKind.Multiply => left * right,
        TokenKind.Divide => left / right,
        TokenKind.Modulo => left % right,
        TokenKind.Power => GoMath.Pow(left, right),
        TokenKind.Atan2 => Math.Atan2(left, right),
        _ => throw new InvalidOperationException("no arithmetic operator: " + op),
    };

    private static bool Holds(TokenKind op, double left, double right) => op switch
    {
        TokenKind.EqualCompare => left == right,
        TokenKind.NotEqual => left != right,
        TokenKind.Less => left < right,
        TokenKind.LessEqual => left <= right,
        TokenKind.Greater => left > right,
        _ => left >= right,
    };

    private bool DropsName(BinaryExpression b) => b.Matching.ReturnsBool
        || (!TypeChecker.IsComparison(b.Operator)
            && !(b.Operator == TokenKind.Atan2 && _dialect.KeepsNameForAtan2));

    private List<Sample> Binary(BinaryExpression b, long timeMs)
    {
        if (b.Left.Type == ExpressionType.Scalar)
        {
            return WithScalar(b, Vector(b.Right, timeMs), Scalar(b.Left, timeMs), true);
        }

        List<Sample> left = Vector(b.Left, timeMs);
        if (b.Right.Type == ExpressionType.Scalar)
        {
            return WithScalar(b, left, Scalar(b.Right, timeMs), false);
        }

        List<Sample> right = Vector(b.Right, timeMs);
        List<Sample> result = TypeChecker.IsSet(b.Operator)
            ? SetOperation(b, left, right) : Matched(b, left, right);
        RefuseEqualLabels(result);
        return result;
    }

    private List<Sample> WithScalar(BinaryExpression b, List<Sample> vector, double scalar, bool scalarIsLeft)
    {
        bool isComparison = TypeChecker.IsComparison(b.Operator);
        bool dropsName = DropsName(b);
        var result = new List<Sample>(vector.Count);
        foreach (Sample s in vector)
        {
            double left = scalarIsLeft ? scalar : s.Value;
            double right = scalarIsLeft ? s.Value : scalar;
            double value;
            if (isComparison)
            {
                bool holds = Holds(b.Operator, left, right);
                if (!holds && !b.Matching.ReturnsBool)
                {
                    continue;
                }

                value = !b.Matching.ReturnsBool ? s.Value : holds ? 1 : 0;
            }
            else
            {
                value = Arithmetic(b.Operator, left, right);
            }

            result.Add(new Sample(dropsName ? s.Labels.WithoutName() : s.Labels, value));
        }

        RefuseEqualLabels(result);
        return result;
    }

    private static LabelSet Signature(VectorMatching matching, LabelSet labels) =>
        matching.IsOn ? labels.Only(matching.Labels) : labels.Except(matching.Labels);

    private static List<Sample> SetOperation(BinaryExpression b, List<Sample> left, List<Sample> right)
    {
        bool isOr = b.Operator == TokenKind.Or;
        var signatures = new HashSet<LabelSet>();
        foreach (Sample s in isOr ? left : right)
        {
            signatures.Add(Signature(b.Matching, s.Labels));
        }

        if (isOr)
        {
            return [.. left, .. right.Where(s => !signatures.Contains(Signature(b.Matching, s.Labels)))];
        }

        bool wanted = b.Operator == TokenKind.And;
        return [.. left.Where(s => signatures.Contains(Signature(b.Matching, s.Labels)) == wanted)];
    }

    private List<Sample> Matched(BinaryExpression b, List<Sample> left, List<Sample> right)
    {
        var result = new List<Sample>();
        if (left.Count == 0 || right.Count == 0)
        {
            return result;
        }

        VectorMatching matching = b.Matching;
        bool isSwapped = matching.Cardinality == Cardinality.OneToMany;
        (List<Sample> many, List<Sample> one) = isSwapped ? (right, left) : (left, right);
        Dictionary<LabelSet, Sample> bySignature = OneSide(matching, one, isSwapped);
        var matched = new Dictionary<LabelSet, HashSet<LabelSet>>();
        bool isComparison = TypeChecker.IsComparison(b.Operator);
        foreach (Sample s in many)
        {
            LabelSet signature = Signature(matching, s.Labels);
            if (!bySignature.TryGetValue(signature, out Sample other))
            {
                continue;
            }

            (double l, double r) = isSwapped ? (other.Value, s.Value) : (s.Value, other.Value);
            bool holds = !isComparison || Holds(b.Operator, l, r);
            if (!holds && !matching.ReturnsBool)
            {
                continue;
            }

            double value = !isComparison ? Arithmetic(b.Operator, l, r)
                : !matching.ReturnsBool ? l : holds ? 1 : 0;
            LabelSet labels = ResultLabels(b, s.Labels, other.Labels);
            bool isFirst = matched.TryAdd(signature, []);
            if (matching.Cardinality == Cardinality.OneToOne && !isFirst)
            {
                throw new EvaluationException("multiple matches for labels: many-to-one matching must be explicit "
                    + "(group_left/group_right)");
            }

            if (!matched[signature].Add(labels))
            {
                throw new EvaluationException(
                    "multiple matches for labels: grouping labels must ensure unique matches");
            }

            result.Add(new Sample(labels, value));
        }

        return result;
    }

    private static Dictionary<LabelSet, Sample> OneSide(VectorMatching matching, List<Sample> one, bool isLeft)
    {
        var bySignature = new Dictionary<LabelSet, Sample>(one.Count);
        foreach (Sample s in one)
        {
            LabelSet signature = Signature(matching, s.Labels);
            if (bySignature.TryAdd(signature, s))
            {
                continue;
            }

            throw new EvaluationException("found duplicate series for the match group " + signature + " on the "
                + (isLeft ? "left" : "right") + " hand-side of the operation: [" + s.Labels + ", "
                + bySignature[signature].Labels + "];many-to-many matching not allowed: matching labels must be "
                + "unique on one side");
        }

        return bySignature;
    }

    private LabelSet ResultLabels(BinaryExpression b, LabelSet many, LabelSet one)
    {
        VectorMatching matching = b.Matching;
        LabelSet labels = DropsName(b) ? many.WithoutName() : many;
        if (matching.Cardinality == Cardinality.OneToOne)
        {
            if (matching.IsOn)
            {
                labels = labels.Only(matching.Labels);
            }
            else
            {
                foreach (string name in matching.Labels)
                {
                    labels = labels.Without(name);
                }
            }
        }

        foreach (string name in matching.Include)
        {
            labels = labels.With(name, one[name]);
        }

        return matching.ReturnsBool ? labels.WithoutName() : labels;
    }
}
